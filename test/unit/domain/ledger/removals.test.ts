import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeCbor, encodeCbor, type CborValue } from '../../../../src/domain/kernel/cbor.ts'
import { MAX_AUTHORITIES } from '../../../../src/domain/ledger/genesis.ts'
import { encodeRemovals, readRemovals } from '../../../../src/domain/ledger/removal-codec.ts'
import { areSameRemovals, removedAt, withRemovals } from '../../../../src/domain/ledger/removals.ts'
import { expectRefusal } from '../../../support/ledger.ts'

const authorities = fc.uniqueArray(fc.nat(MAX_AUTHORITIES - 1))
const read = (value: CborValue, newest = 9) => readRemovals(decodeCbor(encodeCbor(value)), newest)

describe('removals', () => {
  it('take the votes of an authority from the checkpoint on that removed it', () => {
    const removals = withRemovals(withRemovals([], [2], 5), [0], 7)
    expect(removals).toEqual([
      { authority: 0, height: 7 },
      { authority: 2, height: 5 },
    ])
    expect([...removedAt(removals, 4)]).toEqual([])
    expect([...removedAt(removals, 5)]).toEqual([2])
    expect([...removedAt(removals, 7)].sort()).toEqual([0, 2])
  })

  it('never move, whoever removes an authority again, and come back from their bytes', () => {
    fc.assert(
      fc.property(authorities, authorities, (first, second) => {
        const before = withRemovals([], first, 3)
        const after = withRemovals(before, second, 9)
        expect([...removedAt(after, 3)].sort()).toEqual([...first].sort())
        expect(removedAt(after, 9)).toEqual(new Set(after.map(({ authority }) => authority)))
        expect(read(encodeRemovals(after))).toEqual(after)
        expect(areSameRemovals(before, after)).toBe(second.every((authority) => first.includes(authority)))
      }),
    )
  })

  it.each([
    [
      'out of order',
      [
        [1, 2],
        [0, 2],
      ],
    ],
    [
      'twice',
      [
        [1, 2],
        [1, 3],
      ],
    ],
    ['by no checkpoint', [[1, 0]]],
    ['by a later checkpoint', [[1, 10]]],
    ['of nobody', [[MAX_AUTHORITIES, 2]]],
    ['with a field too many', [[1, 2, 3]]],
    ['that are no list', 1],
  ] satisfies (readonly [string, CborValue])[])('are refused %s', (_, value) => {
    expectRefusal(() => read(value), 'bad-encoding')
  })
})
