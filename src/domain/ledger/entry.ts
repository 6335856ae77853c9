import type { Account } from '../identity/account.ts'
import { bytesToHexText, hexTextToBytes } from '../kernel/bytes.ts'
import type { MicroTokens } from '../kernel/micro-tokens.ts'

declare const entryHash: unique symbol
/** 64 lower-case hexadecimal digits: SHA256("loremesh/entry/1\0" ‖ body bytes). */
export type EntryHash = string & { readonly [entryHash]: true }

export const ENTRY_HASH_BYTES = 32

/** How far an entry may be dated ahead of the clock of who judges it: more than two honest clocks differ. */
export const MAX_AHEAD_MS = 120_000
/**
 * How much later than the checkpoint that it names an entry may be dated; never earlier. It bounds how long facts such as
 * decay can be put off; without a quorum for that long an account waits for the next checkpoint before it writes.
 */
export const MAX_CHECKPOINT_AGE_MS = 86_400_000

/** The hash whose 32-byte digest is given. */
export function digestToEntryHash(digest: Uint8Array): EntryHash {
  return bytesToHexText(digest) as EntryHash
}

/** The 32-byte digest of a hash. */
export function entryHashToDigest(hash: EntryHash): Uint8Array {
  return hexTextToBytes(hash)
}

/** A payer's signature with which the payee can claim. */
export interface Voucher {
  /** Of a reserve: everything owed from it so far, in µT. Undefined for a payment, which is owed whole or not at all. */
  readonly amount: MicroTokens | undefined
  readonly signature: Uint8Array
}

/** What an account writes into its own chain. Codes and fields on the wire: docs/PROTOCOLS.md. */
export type Operation =
  | { readonly type: 'open' }
  | {
      readonly type: 'pay'
      readonly to: Account
      readonly amount: MicroTokens
      /**
       * How much of the amount is spend-only credit, so that the payee can tell what it gets from the entry alone. Credit
       * is spent first: it is the smaller of the amount and the credit before the entry.
       */
      readonly fromCredit: MicroTokens
      /** SHA-256 digest of the payee's quote. */
      readonly invoice: Uint8Array
      /** From this moment on the payee can't claim any more and the payer may take the amount back. */
      readonly expiresAtMs: number
    }
  /** Takes back a payment that lapsed. */
  | { readonly type: 'reclaim'; readonly payment: EntryHash }
  | {
      readonly type: 'reserve'
      readonly to: Account
      /** The most that the payee can claim from it. */
      readonly cap: MicroTokens
      /** How much of the cap is spend-only credit, which is reserved first. */
      readonly fromCredit: MicroTokens
      /** From this moment on the payee can't claim any more. */
      readonly expiresAtMs: number
    }
  | {
      readonly type: 'claim'
      /** Payments and reserves, each claimed once. */
      readonly sources: readonly EntryHash[]
      /** The payer's voucher for each source, in the same order. */
      readonly vouchers: readonly Voucher[]
      readonly amount: MicroTokens
    }
  /** Takes back what was not claimed of a reserve that was claimed, or that lapsed. */
  | { readonly type: 'release'; readonly reserve: EntryHash; readonly amount: MicroTokens }
  | { readonly type: 'collect'; readonly grant: Uint8Array }

/** One entry of an account's chain: the operation, and the exact amounts that the account has after it. */
export interface Entry {
  readonly version: 1
  /** First 8 bytes of the SHA-256 of the genesis. */
  readonly network: Uint8Array
  readonly account: Account
  /** 0 for `open`, then one more each. */
  readonly seq: number
  /** Hash of the entry before; null for seq 0 (32 zero bytes on the wire). */
  readonly prev: EntryHash | null
  /** Free tokens. */
  readonly balance: MicroTokens
  /** Spend-only tokens. */
  readonly credit: MicroTokens
  /** Tokens in reserves. */
  readonly locked: MicroTokens
  readonly stake: MicroTokens
  readonly timestampMs: number
  /** Height of the newest checkpoint that the writer knows; 0 before the first. */
  readonly checkpoint: number
  readonly operation: Operation
}

/** Operations that give tokens away. What makes them right is the own chain alone, so that they stay right for ever. */
const spends: ReadonlySet<Operation['type']> = new Set(['pay', 'reserve'])

/** Whether somebody may count on the entry's operation: two such entries at one place are a fraud. */
export function isSpend({ operation }: Pick<Entry, 'operation'>): boolean {
  return spends.has(operation.type)
}

/** The payments and reserves that an operation settles. */
export function sourcesOf(operation: Operation): readonly EntryHash[] {
  switch (operation.type) {
    case 'claim':
      return operation.sources
    case 'reclaim':
      return [operation.payment]
    case 'release':
      return [operation.reserve]
    case 'open':
    case 'pay':
    case 'reserve':
    case 'collect':
      return []
  }
}

/** An entry with the exact bytes that were hashed and signed. `wire` is cbor([bytes, signature]). */
export interface SignedEntry {
  readonly entry: Entry
  readonly hash: EntryHash
  readonly bytes: Uint8Array
  readonly signature: Uint8Array
  readonly wire: Uint8Array
}
