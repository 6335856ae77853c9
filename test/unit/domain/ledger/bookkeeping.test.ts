import { describe, expect, it } from 'vitest'
import { toMicroTokens, ZERO_TOKENS } from '../../../../src/domain/kernel/micro-tokens.ts'
import { countDelivered, firstDisplacedSeq, isSettled } from '../../../../src/domain/ledger/bookkeeping.ts'
import type { Entry, EntryHash } from '../../../../src/domain/ledger/entry.ts'

describe('a payment is settled', () => {
  const phases = ['signed', 'certified', 'claimed', 'lapsed', 'returned'] as const
  const settledPhases = (kind: 'pay' | 'reserve', direction: 'out' | 'in'): string[] =>
    phases.filter((phase) => isSettled({ kind, direction, phase }))

  it('for its payer once it was claimed or taken back', () => {
    expect(settledPhases('pay', 'out')).toEqual(['claimed', 'returned'])
  })

  it('for the payer of a reserve only once the rest was taken back', () => {
    expect(settledPhases('reserve', 'out')).toEqual(['returned'])
  })

  it('for its payee once nothing can be claimed any more', () => {
    expect(settledPhases('pay', 'in')).toEqual(['claimed', 'lapsed', 'returned'])
    expect(settledPhases('reserve', 'in')).toEqual(['claimed', 'lapsed', 'returned'])
  })
})

describe('the contexts of a purchase', () => {
  const items = [2n, 3n, 5n].map((price) => ({ price: toMicroTokens(price) }))
  const delivered = (paid: bigint, direction: 'out' | 'in', complete: boolean): number =>
    countDelivered({
      direction,
      items,
      paid: paid === 0n ? ZERO_TOKENS : toMicroTokens(paid),
      deliveryWire: complete ? new Uint8Array(1) : undefined,
    })

  it('count for the payer as far as they were paid for', () => {
    expect([0n, 1n, 2n, 4n, 5n, 9n, 10n].map((paid) => delivered(paid, 'out', false))).toEqual([
      0, 0, 1, 1, 2, 2, 3,
    ])
    expect(delivered(0n, 'out', true)).toBe(0)
  })

  it('count for the payee as soon as all are delivered, and before that as far as they were paid for', () => {
    expect(delivered(0n, 'in', true)).toBe(3)
    expect(delivered(5n, 'in', false)).toBe(2)
  })
})

describe('an uncertified entry', () => {
  const hash = (name: string): EntryHash => name.padEnd(64, '0') as EntryHash
  const uncertified = [
    { seq: 5, hash: hash('a5') },
    { seq: 6, hash: hash('a6') },
  ]
  const entry = (seq: number, name: string, parent: string): { entry: Entry; hash: EntryHash } => ({
    entry: { seq, prev: hash(parent) } as Entry,
    hash: hash(name),
  })

  it('stays when the certified ones end before it, or contain it', () => {
    expect(firstDisplacedSeq(uncertified, [], { seq: 4, head: hash('a4') })).toBeUndefined()
    const same = [entry(5, 'a5', 'a4'), entry(6, 'a6', 'a5')]
    expect(firstDisplacedSeq(uncertified, same, { seq: 6, head: hash('a6') })).toBeUndefined()
  })

  it('goes with those after it when another one is certified in its place', () => {
    expect(firstDisplacedSeq(uncertified, [entry(5, 'b5', 'a4')], { seq: 5, head: hash('b5') })).toBe(5)
    const later = [entry(5, 'a5', 'a4'), entry(6, 'b6', 'a5')]
    expect(firstDisplacedSeq(uncertified, later, { seq: 6, head: hash('b6') })).toBe(6)
  })

  it('goes when a certified one has another parent, or the head is another', () => {
    expect(firstDisplacedSeq(uncertified, [entry(6, 'b6', 'b5')], { seq: 6, head: hash('b6') })).toBe(5)
    expect(firstDisplacedSeq(uncertified, [], { seq: 6, head: hash('b6') })).toBe(6)
  })
})
