import { describe, expect, it } from 'vitest'
import { choiceOf, factsOf, type FactChoice } from '../../../../signaling/checkpoints/fact-choice.ts'
import { createFactBook, type FactBook } from '../../../../signaling/checkpoints/fact-book.ts'
import { toMicroTokens, ZERO_TOKENS } from '../../../../src/domain/kernel/micro-tokens.ts'
import { ann, bob, START_MS } from '../../../support/ledger.ts'

const nothing: FactChoice = { lapses: [], freezes: [], thaws: [], voids: [], removals: [], changes: [] }
const { account } = ann
const situation = (facts: FactBook = createFactBook()) => ({
  facts,
  timeMs: START_MS,
  stakeOf: () => ZERO_TOKENS,
})
/** A book in which Ann was frozen at height 1. */
const frozen = createFactBook().with(
  { height: 1, timeMs: START_MS },
  factsOf({ ...nothing, freezes: [{ account, seq: 3 }] }, situation()),
)

describe('what follows from a freeze', () => {
  it('takes the whole stake', () => {
    const stake = toMicroTokens(9)
    const facts = factsOf(
      { ...nothing, freezes: [{ account, seq: 3 }] },
      { ...situation(), stakeOf: () => stake },
    )
    expect(facts).toContainEqual({ type: 'slash', account, amount: stake })
    const book = createFactBook().with({ height: 4, timeMs: START_MS }, facts)
    expect([
      book.slashed(account, 3, 4),
      book.slashed(account, 4, 9),
      book.slashed(bob.account, 0, 9),
    ]).toEqual([stake, 0n, 0n])
  })

  it('is forgotten by a thaw, but for 200 thousandths of what the reputation was before', () => {
    expect(frozen.reputationOf(account)).toBe(0)
    const thaw = factsOf({ ...nothing, thaws: [account] }, situation(frozen))
    const thawed = frozen.with({ height: 2, timeMs: START_MS }, thaw)
    expect(thawed.reputationOf(account)).toBe(300)
    expect(thawed.freezeOf(account)).toBeUndefined()
    expect(thawed.freezesOf(account)).toHaveLength(1)
  })

  it('lasts when a place is void of an account that forked before', () => {
    const choice = { ...nothing, voids: [{ account, seq: 3 }] }
    expect(factsOf(choice, situation(frozen)).map(({ type }) => type)).toEqual(['void', 'thaw', 'reputation'])
    const again = frozen
      .with({ height: 2, timeMs: START_MS }, [{ type: 'thaw', account }])
      .with({ height: 3, timeMs: START_MS }, [{ type: 'freeze', account, seq: 7 }])
    expect(factsOf(choice, situation(again))).toEqual([{ type: 'void', account, seq: 3 }])
    expect(again.unsettled()).toHaveLength(1)
    const voided = again.with({ height: 4, timeMs: START_MS }, [{ type: 'void', account, seq: 7 }])
    expect([voided.unsettled(), voided.freezeOf(account)?.seq]).toEqual([[], 7])
  })
})

describe('a void place that is not that of a fork', () => {
  const choice = { ...nothing, voids: [{ account, seq: 5 }] }
  const thawed = frozen.with(
    { height: 2, timeMs: START_MS },
    factsOf({ ...nothing, thaws: [account] }, situation(frozen)),
  )

  it.each([
    ['never was', createFactBook()],
    ['was thawed', thawed],
    ['is frozen for another place', frozen],
  ])('forgives and punishes nobody: its account %s', (_, book) => {
    const facts = factsOf(choice, situation(book))
    expect(facts).toEqual([{ type: 'void', account, seq: 5 }])
    expect(choiceOf(facts, book)).toMatchObject(choice)
    const after = book.with({ height: 3, timeMs: START_MS }, facts)
    expect(after.reputationOf(account)).toBe(book.reputationOf(account))
    expect(after.unsettled()).toEqual(book.unsettled())
  })
})

it('a choice can be told from the facts that follow from it', () => {
  const choice: FactChoice = {
    lapses: ['1'.repeat(64) as FactChoice['lapses'][number]],
    freezes: [{ account: bob.account, seq: 1 }],
    thaws: [],
    voids: [{ account, seq: 3 }],
    removals: [2],
    changes: [{ name: 'pricePerKb', value: toMicroTokens(7) }],
  }
  expect(choiceOf(factsOf(choice, situation(frozen)), frozen)).toMatchObject(choice)
})

it('a thaw is told from that of a void fork, also beside another void place', () => {
  const choice: FactChoice = { ...nothing, thaws: [account], voids: [{ account, seq: 4 }] }
  expect(choiceOf(factsOf(choice, situation(frozen)), frozen)).toMatchObject(choice)
})
