import { describe, expect, it } from 'vitest'
import {
  chooseIntroducers,
  PUBLISHED_INTRODUCERS,
  type IntroducerCandidate,
} from '../../../../src/domain/network/introducers.ts'
import { testIdentity } from '../../../support/ledger.ts'

const idOf = (n: number) => testIdentity(n).peerId
const candidate = (n: number, linkedMs: number, rttMs: number): IntroducerCandidate => ({
  peerId: idOf(n),
  linkedMs,
  rttMs,
})

describe('the published introducers', () => {
  it('are the nearest of those who have stayed', () => {
    const candidates = [
      candidate(1, 5_000, 1),
      candidate(2, 90_000, 80),
      candidate(3, 90_000, 20),
      candidate(4, 90_000, Number.NaN),
      candidate(5, 70_000, 40),
    ]
    expect(chooseIntroducers(candidates, new Set())).toEqual([idOf(3), idOf(5), idOf(2)])
  })

  it('stay while they can, for others have noted them', () => {
    const candidates = [candidate(1, 90_000, 1), candidate(2, 90_000, 2), candidate(3, 1_000, 900)]
    expect(chooseIntroducers(candidates, new Set([idOf(3), idOf(9)]), 2)).toEqual([idOf(3), idOf(1)])
  })

  it('are newcomers where nobody else is there', () => {
    expect(chooseIntroducers([candidate(1, 0, Number.NaN)], new Set())).toEqual([idOf(1)])
    expect(chooseIntroducers([], new Set())).toEqual([])
  })

  it('are few, and the same whatever order the links have', () => {
    const candidates = Array.from({ length: 20 }, (_, n) => candidate(n + 1, 90_000, 10))
    const chosen = chooseIntroducers(candidates, new Set())
    expect(chosen).toHaveLength(PUBLISHED_INTRODUCERS)
    expect(chooseIntroducers(candidates.toReversed(), new Set())).toEqual(chosen)
  })
})
