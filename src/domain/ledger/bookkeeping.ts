import type { MicroTokens } from '../kernel/micro-tokens.ts'
import type { AccountState, Payment } from './account-state.ts'
import type { EntryHash, SignedEntry } from './entry.ts'
import type { QuoteItem } from './quote.ts'

/*
 * Rules by which a peer keeps its own books, so that every store keeps them alike.
 */

/** Whether nobody has anything left to do about a payment: the payee can't claim it, and the payer has back what is left. */
export function isSettled(record: {
  readonly kind: Payment['kind']
  readonly direction: 'out' | 'in'
  readonly phase: 'signed' | 'certified' | Exclude<Payment['state'], 'open'>
}): boolean {
  switch (record.phase) {
    case 'signed':
    case 'certified':
      return false
    case 'claimed':
      // The payer of a reserve takes back the rest of it.
      return record.direction === 'in' || record.kind === 'pay'
    case 'lapsed':
      return record.direction === 'in'
    case 'returned':
      return true
  }
}

/**
 * How many contexts of a purchase changed hands: for the payer those that it paid for, in the order of the quote; for
 * the payee all that it has made a statement of, and of a delivery that broke off those that it was paid for.
 */
export function countDelivered(purchase: {
  readonly direction: 'out' | 'in'
  readonly items: readonly Pick<QuoteItem, 'price'>[]
  readonly paid: MicroTokens
  readonly deliveryWire: Uint8Array | undefined
}): number {
  const { direction, items, paid, deliveryWire } = purchase
  if (direction === 'in' && deliveryWire !== undefined) return items.length
  let owed = 0n
  const firstUnpaid = items.findIndex((item) => (owed += item.price) > paid)
  return firstUnpaid === -1 ? items.length : firstUnpaid
}

/**
 * The seq from which on uncertified own entries go, because certified `entries` and the `state` after them have another
 * entry in the place of one of them, or of its parent; undefined when all of them still fit. `uncertified` are the own
 * ones in ascending order.
 */
export function firstDisplacedSeq(
  uncertified: readonly { readonly seq: number; readonly hash: EntryHash }[],
  entries: readonly Pick<SignedEntry, 'entry' | 'hash'>[],
  state: Pick<AccountState, 'seq' | 'head'>,
): number | undefined {
  const decided = new Map([[state.seq, state.head]])
  for (const { entry, hash } of entries) {
    decided.set(entry.seq, hash)
    if (entry.prev !== null) decided.set(entry.seq - 1, entry.prev)
  }
  return uncertified.find(({ seq, hash }) => (decided.get(seq) ?? hash) !== hash)?.seq
}
