import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Fact } from '../../../../src/domain/ledger/fact.ts'
import {
  isExcused,
  isPunishable,
  isVoided,
  type DatedFact,
} from '../../../../src/domain/ledger/void-place.ts'
import { signEntry } from '../../../../src/domain/ledger/entry-codec.ts'
import { ann } from '../../../support/ledger.ts'
import { entryAt, operations } from '../../../support/slot-entries.ts'

const { account } = ann
const at = (height: number, fact: Fact): DatedFact => ({ height, fact })
const voidAt = (height: number, seq: number) => at(height, { type: 'void', account, seq })
const freezeAt = (height: number, seq: number) => at(height, { type: 'freeze', account, seq })
const thawAt = (height: number) => at(height, { type: 'thaw', account })

describe('a void place', () => {
  const facts = [voidAt(8, 3)]

  it('covers what stands there, and on top of it, without knowing the checkpoint', () => {
    expect(isVoided(facts, { seq: 3, checkpoint: 7 })).toBe(true)
    expect(isVoided(facts, { seq: 5, checkpoint: 7 })).toBe(true)
    expect(isVoided(facts, { seq: 3, checkpoint: 8 })).toBe(false)
    expect(isVoided(facts, { seq: 2, checkpoint: 7 })).toBe(false)
  })

  it('excuses an entry that knows it beside one that does not, however often the place becomes void again', () => {
    const twice = [...facts, voidAt(16, 3)]
    expect(isExcused(twice, { seq: 3, checkpoint: 1 }, { seq: 3, checkpoint: 9 })).toBe(true)
    expect(isExcused(twice, { seq: 4, checkpoint: 9 }, { seq: 4, checkpoint: 20 })).toBe(true)
    expect(isExcused(twice, { seq: 3, checkpoint: 9 }, { seq: 3, checkpoint: 15 })).toBe(false)
    expect(isExcused(twice, { seq: 2, checkpoint: 1 }, { seq: 2, checkpoint: 9 })).toBe(false)
  })
})

/** Two payments at one place that name these checkpoints. */
function fork(seq: number, ...checkpoints: readonly [number, number]) {
  const [e1, e2] = checkpoints.map((checkpoint, index) =>
    signEntry(ann, { ...entryAt(ann, seq, operations.pay(index + 1)).entry, checkpoint }),
  )
  if (e1 === undefined || e2 === undefined) throw new Error('There are two entries')
  return { e1, e2 }
}

describe('a fork is punished', () => {
  it('unless its account is frozen', () => {
    expect(isPunishable([], fork(3, 1, 2))).toBe(true)
    expect(isPunishable([freezeAt(5, 7)], fork(3, 1, 2))).toBe(false)
    expect(isPunishable([freezeAt(5, 7), thawAt(6)], fork(3, 1, 2))).toBe(true)
  })

  it('once', () => {
    const dealtWith = [freezeAt(5, 3), thawAt(6)]
    expect(isPunishable(dealtWith, fork(3, 1, 9))).toBe(false)
    expect(isPunishable(dealtWith, fork(4, 7, 9))).toBe(true)
  })

  it('together with what was signed on top of it, when its place became void', () => {
    const voided = [freezeAt(5, 3), thawAt(9), voidAt(9, 3)]
    expect(isPunishable(voided, fork(3, 1, 2))).toBe(false)
    expect(isPunishable(voided, fork(4, 1, 2))).toBe(false)
    expect(isPunishable(voided, fork(4, 1, 9))).toBe(false)
  })

  it('again at its place, when both entries know that it was void', () => {
    const voided = [freezeAt(5, 3), thawAt(9), voidAt(9, 3)]
    expect(isPunishable(voided, fork(3, 9, 10))).toBe(true)
    expect(isPunishable([...voided, voidAt(20, 3)], fork(3, 9, 10))).toBe(true)
    const again = [...voided, freezeAt(12, 3), thawAt(14)]
    expect(isPunishable(again, fork(3, 9, 10))).toBe(false)
  })
})

it('of three entries at one place two are not excused, unless a void place lies between both others', () => {
  const checkpoint = fc.nat({ max: 30 })
  const voids = fc.array(fc.tuple(fc.nat({ max: 30 }), fc.nat({ max: 4 })), { maxLength: 4 })
  fc.assert(
    fc.property(voids, fc.tuple(checkpoint, checkpoint, checkpoint), (places, checkpoints) => {
      const facts = places.map(([height, seq]) => voidAt(height, seq))
      const [low, middle, high] = checkpoints
        .toSorted((a, b) => a - b)
        .map((number) => ({ seq: 2, checkpoint: number })) as [
        { seq: number; checkpoint: number },
        { seq: number; checkpoint: number },
        { seq: number; checkpoint: number },
      ]
      const between = isExcused(facts, low, middle) || isExcused(facts, middle, high)
      expect(isExcused(facts, low, high)).toBe(between)
    }),
  )
})
