import { describe, expect, it } from 'vitest'
import { createAgreementTally } from '../../../../src/domain/ledger/agreement-tally.ts'
import { a, b, proposal, signature, vote, votes } from '../../../support/agreement-samples.ts'

describe('a tally', () => {
  it('knows the majority for a value or for none, in the order of the authorities', () => {
    const tally = createAgreementTally(3)
    for (const authority of [3, 0]) tally.add(vote('prevote', authority, 0, a))
    tally.add(vote('prevote', 1, 0, null))
    expect(tally.majority('prevote', 0)).toBeUndefined()
    tally.add(vote('prevote', 2, 0, a))
    expect(tally.majority('prevote', 0)).toEqual({
      valueId: a.id,
      votes: [0, 2, 3].map((authority) => ({ authority, signature })),
    })
    expect(tally.majority('precommit', 0)).toBeUndefined()
    for (const nil of votes('precommit', [0, 1, 2, 3], 0, null)) tally.add(nil)
    expect(tally.majority('precommit', 0)).toMatchObject({ valueId: null, votes: { length: 3 } })
  })

  it('counts the first vote of an authority and gives it when another one contradicts it, once', () => {
    const tally = createAgreementTally(3)
    const first = vote('prevote', 0, 0, a)
    expect(tally.add(first)).toBeUndefined()
    expect(tally.add({ ...first, signature: new Uint8Array(64).fill(1) })).toBeUndefined()
    expect(tally.add(vote('prevote', 0, 0, b))).toBe(first)
    expect(tally.add(vote('prevote', 0, 0, null))).toBeUndefined()
    expect(tally.votes('prevote', 0)).toEqual([first])
  })

  it('tells a proposal with another valid round from the first one', () => {
    const tally = createAgreementTally(3)
    const first = proposal(1, a)
    tally.add(first)
    expect(tally.add({ ...first, validRound: 0 })).toBe(first)
    expect(tally.proposal(1)).toBe(first)
  })

  it('holds the round before the own one and forgets those before it', () => {
    const tally = createAgreementTally(3)
    for (const round of [0, 1]) tally.add(vote('precommit', 0, round, a))
    tally.add(proposal(1, a))
    tally.advanceTo(2)
    expect(tally.rounds()).toEqual([1])
    expect(tally.value(a.id)).toBe(a)
    tally.add(vote('precommit', 1, 0, a))
    expect(tally.rounds()).toEqual([1])
    tally.advanceTo(3)
    expect(tally.value(a.id)).toBeUndefined()
  })

  it('holds no more than the two newest rounds ahead of each authority', () => {
    const tally = createAgreementTally(3)
    tally.advanceTo(0)
    tally.add(vote('prevote', 1, 5, a))
    for (let round = 1; round <= 1_000; round++) {
      for (const said of [
        vote('prevote', 0, round, a),
        vote('precommit', 0, round, a),
        proposal(4 * round, a),
      ]) {
        tally.add({ ...said, authority: 0 })
      }
    }
    expect([...tally.rounds()].sort((x, y) => x - y)).toEqual([5, 3_996, 4_000])
    tally.add(vote('prevote', 0, 5, a))
    expect(tally.votes('prevote', 5)).toHaveLength(1)
    expect(tally.newestRoundOf(2)).toBe(-1)
    tally.add(vote('prevote', 2, 4_000, a))
    expect(tally.newestRoundOf(2)).toBe(4_000)
  })
})
