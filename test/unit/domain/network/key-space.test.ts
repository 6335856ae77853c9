import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { closestTo, compareDistance, placeOf, spreadKeys } from '../../../../src/domain/network/key-space.ts'

const place = fc.uint8Array({ minLength: 32, maxLength: 32 })
const toNumber = (bytes: Uint8Array): bigint => BigInt(`0x${Buffer.from(bytes).toString('hex')}`)

describe('the key space', () => {
  it('orders places by the number that their XOR with the target is', () => {
    fc.assert(
      fc.property(place, place, place, (target, a, b) => {
        const difference = (toNumber(target) ^ toNumber(a)) - (toNumber(target) ^ toNumber(b))
        expect(Math.sign(compareDistance(target, a, b))).toBe(difference < 0n ? -1 : Number(difference > 0n))
      }),
    )
  })

  it('gives the closest of any items, closest first', () => {
    const target = new Uint8Array(32)
    const items = [9, 1, 200, 4].map((n) => ({ n, place: new Uint8Array(32).fill(n) }))
    expect(closestTo(target, items, 3).map(({ n }) => n)).toEqual([1, 4, 9])
  })

  it('has keys in each of its parts', () => {
    for (const parts of [1, 8, 256]) {
      const found = spreadKeys(parts).map((key) => Math.floor(((placeOf(key)[0] ?? 0) * parts) / 256))
      expect(found.sort((a, b) => a - b)).toEqual(Array.from({ length: parts }, (_, part) => part))
    }
  })
})
