import { describe, expect, it } from 'vitest'
import { LoremeshError } from '../../../src/domain/kernel/errors.ts'
import { shellToPillStatus } from '../../../src/ui/frame/pill-status.ts'
import { problemText, toProblem } from '../../../src/ui/problem.ts'
import { groupTroubles } from '../../../src/ui/screens/ask/group-troubles.ts'
import { adviceFor } from '../../../src/ui/screens/ask/trouble-advice.ts'
import { samplePeerId } from '../../support/sample-peer-ids.ts'

describe('problems', () => {
  it('say what happened and what to do, as sentences', () => {
    const problem = toProblem(new LoremeshError('timeout', 'No answer in time', 'Try again'))
    expect(problemText(problem)).toBe('No answer in time. Try again.')
    expect(problemText({ message: 'Really?', hint: '' })).toBe('Really?')
  })

  it('offer a way on when tokens or the limit do not suffice', () => {
    expect(adviceFor('price-above-limit')).toBe('raise-limit')
    expect(adviceFor('insufficient-balance')).toBe('earn')
    expect(adviceFor('timeout')).toBeNull()
  })
})

describe('troubles', () => {
  const trouble = (code: 'price-above-limit' | 'timeout', message: string) => ({
    provider: samplePeerId(1),
    code,
    message,
    hint: code,
  })

  it('of one kind are told once', () => {
    const groups = groupTroubles([
      trouble('price-above-limit', '“A” was left out'),
      trouble('timeout', 'No answer in time'),
      trouble('price-above-limit', '“B” was left out'),
    ])
    expect(groups.map(({ message, hint, troubles }) => [message, hint, troubles.length])).toEqual([
      ['2 offers were left out: they cost more than the limit per question leaves', 'price-above-limit', 2],
      ['No answer in time', 'timeout', 1],
    ])
  })
})

describe('the pill without a peer', () => {
  it('says that another tab runs', () => {
    expect(shellToPillStatus({ kind: 'follower', takeOver: () => undefined }).label).toBe(
      'Running in another tab',
    )
  })
})
