import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { recordKey } from '../../../../signaling/authority-store/record-key.ts'
import { expectRefusal } from '../../../support/ledger.ts'

describe("a record's key", () => {
  it('is its parts one after another, integers as 8 bytes', () => {
    expect(recordKey(Uint8Array.of(7, 9), 258)).toEqual(Uint8Array.of(7, 9, 0, 0, 0, 0, 0, 0, 1, 2))
    expect(recordKey()).toEqual(new Uint8Array())
  })

  it('is in the order of its parts', () => {
    const parts = fc.tuple(fc.maxSafeNat(), fc.maxSafeNat())
    fc.assert(
      fc.property(parts, parts, (a, b) => {
        const order = a[0] === b[0] ? Math.sign(a[1] - b[1]) : Math.sign(a[0] - b[0])
        expect(Buffer.compare(recordKey(...a), recordKey(...b))).toBe(order)
      }),
    )
  })

  it('has no parts that are not integers from 0 on', () => {
    for (const part of [-1, 0.5, NaN, 2 ** 53]) expectRefusal(() => recordKey(part), 'bad-input')
  })
})
