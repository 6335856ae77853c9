import { describe, expect, it } from 'vitest'
import { createWishes, encodeWish, parseWish } from '../../../../signaling/checkpoints/wishes.ts'
import { encodeCbor, type CborValue } from '../../../../src/domain/kernel/cbor.ts'
import { parseTokens } from '../../../../src/domain/kernel/micro-tokens.ts'
import { changesIn, type ParameterChange } from '../../../../src/domain/ledger/parameter-change.ts'
import { expectRefusal, genesis } from '../../../support/ledger.ts'

const dearer: ParameterChange = { name: 'pricePerKb', value: parseTokens('3') }
const dearest: ParameterChange = { name: 'pricePerKb', value: parseTokens('4') }
const shorter: ParameterChange = { name: 'creditLine', value: parseTokens('1') }
const now = { height: 7, parameters: genesis, removed: new Set<number>() }

describe('a wish on the wire', () => {
  it('comes back, with every parameter at its limit, too', () => {
    const wish = { height: Number.MAX_SAFE_INTEGER, changes: changesIn(genesis) }
    expect(parseWish(encodeWish(wish))).toEqual(wish)
    expect(parseWish(encodeWish({ height: 1, changes: [] }))).toEqual({ height: 1, changes: [] })
  })

  it('is told from other messages', () => {
    expect(parseWish(encodeCbor([4, 7, []]))).toBeUndefined()
    expect(parseWish(new Uint8Array(10_000))).toBeUndefined()
  })

  it.each<readonly [string, CborValue]>([
    ['no list', [5, 1, 1]],
    ['a field too few', [5, 1]],
    ['a negative height', [5, -1, []]],
    ['a change without a value', [5, 1, [[1]]]],
    ['a value beyond the limits', [5, 1, [[1, 0]]]],
    ['a parameter that is not known', [5, 1, [[5, 1]]]],
    [
      'two values of one parameter',
      [
        5,
        1,
        [
          [1, 1],
          [1, 2],
        ],
      ],
    ],
  ])('is refused with %s', (_, value) => {
    expectRefusal(() => parseWish(encodeCbor(value)), 'bad-encoding')
  })
})

describe('wishes', () => {
  it('of a single authority are its own, until they are in force', () => {
    const wishes = createWishes([dearer], { quorum: 1 })
    expect(wishes.agreed(now)).toEqual([dearer])
    const parameters = { ...genesis, pricePerKb: dearer.value }
    expect(wishes.agreed({ ...now, parameters })).toEqual([])
    expect(wishes.open({ parameters })).toEqual([])
    expect(wishes.isWished(dearer)).toBe(true)
  })

  it('are agreed when a quorum wishes the same value, one by one', () => {
    const wishes = createWishes([dearer, shorter], { quorum: 3 })
    wishes.note({ height: 7, changes: [dearer, shorter] }, 1)
    expect(wishes.agreed(now)).toEqual([])
    wishes.note({ height: 7, changes: [dearest, shorter] }, 2)
    expect(wishes.agreed(now)).toEqual([shorter])
    wishes.note({ height: 7, changes: [dearer] }, 3)
    expect(wishes.agreed(now)).toEqual([dearer, shorter])
  })

  it('of others alone are not agreed', () => {
    const wishes = createWishes([], { quorum: 3 })
    for (const from of [1, 2, 3]) wishes.note({ height: 7, changes: [dearer] }, from)
    expect(wishes.agreed(now)).toEqual([])
    expect(wishes.isWished(dearer)).toBe(false)
  })

  it('count once an authority, for their height only, and not of removed ones', () => {
    const wishes = createWishes([dearer], { quorum: 3 })
    wishes.note({ height: 7, changes: [dearer] }, 1)
    wishes.note({ height: 7, changes: [dearer] }, 1)
    expect(wishes.agreed(now)).toEqual([])
    wishes.note({ height: 7, changes: [dearer] }, 2)
    expect(wishes.agreed(now)).toEqual([dearer])
    expect(wishes.agreed({ ...now, height: 8 })).toEqual([])
    expect(wishes.agreed({ ...now, removed: new Set([2]) })).toEqual([])
    wishes.note({ height: 7, changes: [] }, 2)
    expect(wishes.agreed(now)).toEqual([])
  })
})
