import type { Account } from '../identity/account.ts'
import { bytesToHexText, hexTextToBytes } from '../kernel/bytes.ts'
import type { MicroTokens } from '../kernel/micro-tokens.ts'

declare const entryHash: unique symbol
/** 64 lower-case hexadecimal digits: SHA256("loremesh/entry/1\0" ‖ body bytes). */
export type EntryHash = string & { readonly [entryHash]: true }

export const ENTRY_HASH_BYTES = 32

/** How far an entry may be dated ahead of the clock of who judges it: more than two honest clocks differ. */
export const MAX_AHEAD_MS = 120_000

/** The hash whose 32-byte digest is given. */
export function digestToEntryHash(digest: Uint8Array): EntryHash {
  return bytesToHexText(digest) as EntryHash
}

/** The 32-byte digest of a hash. */
export function entryHashToDigest(hash: EntryHash): Uint8Array {
  return hexTextToBytes(hash)
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
  | { readonly type: 'reclaim'; readonly payment: EntryHash }
  | {
      readonly type: 'claim'
      readonly sources: readonly EntryHash[]
      /** The payer's acknowledgement (64-byte signature) of each source, in the same order. */
      readonly vouchers: readonly Uint8Array[]
      readonly amount: MicroTokens
    }
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

/** An entry with the exact bytes that were hashed and signed. `wire` is cbor([bytes, signature]). */
export interface SignedEntry {
  readonly entry: Entry
  readonly hash: EntryHash
  readonly bytes: Uint8Array
  readonly signature: Uint8Array
  readonly wire: Uint8Array
}
