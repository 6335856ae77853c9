import { describe, expect, it } from 'vitest'
import { judgeGoals, type Goal } from '../../../bench/goals.ts'
import { ledgerGoals } from '../../../bench/ledger-goals.ts'

const goals: readonly Goal[] = [
  { figure: 'rate', bound: 'least', value: 200 },
  { figure: 'ms', bound: 'most', value: 300 },
]
const rate = (value: number) => ({ rate: { value, unit: 'entries/s', runs: 1 } })
const ms = (p95: number) => ({ ms: { p50: 1, p95, unit: 'ms', runs: 20 } })

describe('the goals of a bench', () => {
  it('are met at their exact value', () => {
    expect(judgeGoals({ ...rate(200), ...ms(300) }, goals)).toEqual([
      'met: rate 200 entries/s, goal at least 200',
      'met: ms 300 ms, goal at most 300',
    ])
  })

  it('are missed by less where much is wanted, and by a 95th percentile above where little is', () => {
    expect(judgeGoals({ ...rate(199.9), ...ms(301) }, goals)).toEqual([
      'MISSED: rate 199.9 entries/s, goal at least 200',
      'MISSED: ms 301 ms, goal at most 300',
    ])
  })

  it('are of the middle where that is asked for', () => {
    expect(judgeGoals(ms(301), [{ figure: 'ms', bound: 'most', value: 1, at: 'p50' }])).toEqual([
      'met: ms 1 ms, goal at most 1',
    ])
  })

  it('say nothing about what was not measured', () => {
    expect(judgeGoals(rate(300), goals)).toHaveLength(1)
  })

  it('are one for each figure of the ledger', () => {
    const figures = ledgerGoals.map(({ figure }) => figure)
    expect(new Set(figures).size).toBe(figures.length)
  })
})
