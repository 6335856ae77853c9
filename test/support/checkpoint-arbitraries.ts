import fc from 'fast-check'
import { toAccount, type Account } from '../../src/domain/identity/account.ts'
import { toMicroTokens } from '../../src/domain/kernel/micro-tokens.ts'
import type { AccountLeaf } from '../../src/domain/ledger/account-leaf.ts'
import { digestToEntryHash } from '../../src/domain/ledger/entry.ts'

/** Exactly `length` bytes. */
export function bytesOf(length: number): fc.Arbitrary<Uint8Array> {
  return fc.uint8Array({ minLength: length, maxLength: length })
}

/** Amounts that a thousand accounts can have at once. */
export const amounts = fc.bigInt({ min: 0n, max: 2n ** 53n }).map(toMicroTokens)
export const integers = fc.maxSafeNat()
export const entryHashes = bytesOf(32).map(digestToEntryHash)
/** Accounts, some of which share long beginnings. */
export const accounts: fc.Arbitrary<Account> = fc
  .tuple(fc.nat(32), bytesOf(32))
  .map(([shared, bytes]) => toAccount(bytes.map((byte, index) => (index < shared ? 0 : byte))))

export const accountLeaves: fc.Arbitrary<AccountLeaf> = fc.record({
  account: accounts,
  head: entryHashes,
  seq: integers,
  balance: amounts,
  credit: amounts,
  locked: amounts,
  stake: amounts,
  reputationMilli: fc.nat(1_000),
  earned7d: amounts,
})

/** Leaves of different accounts. */
export function leafSets(limits: fc.ArrayConstraints = {}): fc.Arbitrary<AccountLeaf[]> {
  return fc.uniqueArray(accountLeaves, { selector: (leaf) => leaf.account.join(), ...limits })
}

/** The bytes with one bit flipped; `position` is taken modulo their number of bits. */
export function withFlippedBit(bytes: Uint8Array, position: number): Uint8Array {
  const flipped = bytes.slice()
  const bit = position % (bytes.length * 8)
  flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7))
  return flipped
}
