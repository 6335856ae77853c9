import type { Account } from '../identity/account.ts'
import { encodeCbor, type CborValue } from '../kernel/cbor.ts'
import { taggedDigest } from '../kernel/hashing.ts'
import type { MicroTokens } from '../kernel/micro-tokens.ts'
import { readAccount, readAmount, readEntryHash, readInteger, readTuple } from './cbor-fields.ts'
import { entryHashToDigest, type EntryHash } from './entry.ts'

/** What a checkpoint says about one account. Amounts in µT. */
export interface AccountLeaf {
  readonly account: Account
  /** Hash of the account's newest certified entry. */
  readonly head: EntryHash
  readonly seq: number
  readonly balance: MicroTokens
  readonly credit: MicroTokens
  readonly locked: MicroTokens
  readonly stake: MicroTokens
  /** Thousandths from 0 (proved cheat) to 1,000; a newcomer has 500. */
  readonly reputationMilli: number
  /** What others paid the account within the last 7 days. */
  readonly earned7d: MicroTokens
}

/** Largest reputation, in thousandths. */
export const MAX_REPUTATION_MILLI = 1_000

/** CBOR form: [account, head, seq, balance, credit, locked, stake, reputationMilli, earned7d]. */
export function encodeLeaf(leaf: AccountLeaf): CborValue {
  return [
    leaf.account,
    entryHashToDigest(leaf.head),
    leaf.seq,
    leaf.balance,
    leaf.credit,
    leaf.locked,
    leaf.stake,
    leaf.reputationMilli,
    leaf.earned7d,
  ]
}

/** The leaf of its CBOR form. Throws `bad-encoding`. */
export function readLeaf(value: CborValue | undefined): AccountLeaf {
  const [account, head, seq, balance, credit, locked, stake, reputationMilli, earned7d] = readTuple(
    value,
    9,
    'leaf',
  )
  return {
    account: readAccount(account, "leaf's account"),
    head: readEntryHash(head, "leaf's head"),
    seq: readInteger(seq, "leaf's seq"),
    balance: readAmount(balance, "leaf's balance"),
    credit: readAmount(credit, "leaf's credit"),
    locked: readAmount(locked, "leaf's locked amount"),
    stake: readAmount(stake, "leaf's stake"),
    reputationMilli: readInteger(reputationMilli, "leaf's reputation", MAX_REPUTATION_MILLI),
    earned7d: readAmount(earned7d, "leaf's earnings"),
  }
}

/** The leaf's hash in the tree: tagged digest "account-leaf" of its CBOR form, 32 bytes. */
export function leafDigest(leaf: AccountLeaf): Uint8Array {
  return taggedDigest('account-leaf', encodeCbor(encodeLeaf(leaf)))
}
