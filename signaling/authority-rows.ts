import type { SQLOutputValue } from 'node:sqlite'
import { toAccount } from '../src/domain/identity/account.ts'
import { LoremeshError } from '../src/domain/kernel/errors.ts'
import { toMicroTokens, type MicroTokens } from '../src/domain/kernel/micro-tokens.ts'
import type { AccountState, Payment } from '../src/domain/ledger/account-state.ts'
import { parseCertificate } from '../src/domain/ledger/certificate.ts'
import { parseEntry } from '../src/domain/ledger/entry-codec.ts'
import { digestToEntryHash, type EntryHash } from '../src/domain/ledger/entry.ts'
import type { Vote } from '../src/domain/ledger/vote.ts'
import type { CertifiedEntry } from '../src/protocols/ledger.ts'

/** A row as node:sqlite gives it, with integers as bigint. */
type Row = Record<string, SQLOutputValue>

/** What an authority has voted for at one place of an account's chain. */
export interface StoredVote {
  readonly hash: EntryHash
  readonly vote: Vote
}

/** Sums over everything that is certified, in µT, and counts. */
export interface LedgerSums {
  readonly minted: MicroTokens
  readonly balances: MicroTokens
  readonly credits: MicroTokens
  readonly locked: MicroTokens
  readonly stakes: MicroTokens
  /** Payments neither claimed nor taken back. */
  readonly pending: MicroTokens
  readonly accounts: number
  readonly entries: number
}

/** A vote's row; undefined without one. */
export function rowToVote(row: Row | undefined): StoredVote | undefined {
  if (row === undefined) return undefined
  return {
    hash: hashOf(row, 'hash'),
    vote: { authority: numberOf(row, 'authority'), signature: bytesOf(row, 'signature') },
  }
}

/** An account's row; undefined without one. */
export function rowToAccount(row: Row | undefined): AccountState | undefined {
  if (row === undefined) return undefined
  return {
    account: toAccount(bytesOf(row, 'account')),
    head: hashOf(row, 'head'),
    seq: numberOf(row, 'seq'),
    balance: amountOf(row, 'balance'),
    credit: amountOf(row, 'credit'),
    locked: amountOf(row, 'locked'),
    stake: amountOf(row, 'stake'),
    timestampMs: numberOf(row, 'timestamp_ms'),
    frozen: numberOf(row, 'frozen') === 1,
    grants: JSON.parse(textOf(row, 'grants')) as string[],
  }
}

/** A payment's row; undefined without one. */
export function rowToPayment(row: Row | undefined): Payment | undefined {
  if (row === undefined) return undefined
  return {
    hash: hashOf(row, 'hash'),
    payer: toAccount(bytesOf(row, 'payer')),
    payee: toAccount(bytesOf(row, 'payee')),
    amount: amountOf(row, 'amount'),
    fromCredit: amountOf(row, 'from_credit'),
    expiresAtMs: numberOf(row, 'expires_at_ms'),
    state: textOf(row, 'state') as Payment['state'],
  }
}

/** A certified entry's row. */
export function rowToEntry(row: Row): CertifiedEntry {
  return {
    signed: parseEntry(bytesOf(row, 'wire')),
    certificate: parseCertificate(bytesOf(row, 'certificate')),
  }
}

/** The row of sums. */
export function rowToSums(row: Row | undefined): LedgerSums {
  return {
    minted: amountOf(row, 'minted'),
    balances: amountOf(row, 'balances'),
    credits: amountOf(row, 'credits'),
    locked: amountOf(row, 'locked'),
    stakes: amountOf(row, 'stakes'),
    pending: amountOf(row, 'pending'),
    accounts: numberOf(row, 'accounts'),
    entries: numberOf(row, 'entries'),
  }
}

/** A column of bytes. Throws `internal`, as all readers here do, when the database holds something else. */
export function bytesOf(row: Row | undefined, column: string): Uint8Array {
  const value = row?.[column]
  if (value instanceof Uint8Array) return value
  throw badColumn(column)
}

/** A column with an entry hash. */
export function hashOf(row: Row, column: string): EntryHash {
  return digestToEntryHash(bytesOf(row, column))
}

function numberOf(row: Row | undefined, column: string): number {
  return Number(integerOf(row, column))
}

function amountOf(row: Row | undefined, column: string): MicroTokens {
  return toMicroTokens(integerOf(row, column))
}

function textOf(row: Row, column: string): string {
  const value = row[column]
  if (typeof value === 'string') return value
  throw badColumn(column)
}

function integerOf(row: Row | undefined, column: string): bigint {
  const value = row?.[column]
  if (typeof value === 'bigint') return value
  throw badColumn(column)
}

function badColumn(column: string): LoremeshError {
  return new LoremeshError('internal', `The ledger's database has an unreadable ${column}`)
}
