import { toAccount, type Account } from '../../src/domain/identity/account.ts'
import { LoremeshError } from '../../src/domain/kernel/errors.ts'
import { toMicroTokens, type MicroTokens } from '../../src/domain/kernel/micro-tokens.ts'
import type { AccountLeaf } from '../../src/domain/ledger/account-leaf.ts'
import type { AccountState, Payment } from '../../src/domain/ledger/account-state.ts'
import { parseCertificate } from '../../src/domain/ledger/certificate.ts'
import { parseEntry } from '../../src/domain/ledger/entry-codec.ts'
import { digestToEntryHash, type EntryHash } from '../../src/domain/ledger/entry.ts'
import type { LogEntry, StoredCheckpoint, StoredVote } from './authority-store.ts'
import type { Row } from './sql-connection.ts'

/** A vote's row. */
export function rowToVote(row: Row): StoredVote {
  return {
    hash: hashOf(row, 'hash'),
    entryWire: bytesOf(row, 'entry'),
    vote: { authority: numberOf(row, 'authority'), signature: bytesOf(row, 'signature') },
  }
}

/** An account's row. */
export function rowToAccount(row: Row): AccountState {
  return {
    ...standingOf(row),
    timestampMs: numberOf(row, 'timestamp_ms'),
    checkpoint: numberOf(row, 'checkpoint'),
    frozen: numberOf(row, 'frozen') === 1,
    grants: JSON.parse(textOf(row, 'grants')) as string[],
  }
}

/** A leaf's row. */
export function rowToLeaf(row: Row): AccountLeaf {
  return {
    ...standingOf(row),
    reputationMilli: numberOf(row, 'reputation_milli'),
    earned7d: amountOf(row, 'earned_7d'),
  }
}

/** A payment's row. */
export function rowToPayment(row: Row): Payment {
  return {
    hash: hashOf(row, 'hash'),
    kind: textOf(row, 'kind') as Payment['kind'],
    payer: accountOf(row, 'payer'),
    payee: accountOf(row, 'payee'),
    amount: amountOf(row, 'amount'),
    fromCredit: amountOf(row, 'from_credit'),
    expiresAtMs: numberOf(row, 'expires_at_ms'),
    claimed: amountOf(row, 'claimed'),
    state: textOf(row, 'state') as Payment['state'],
  }
}

/** A certified entry's row. */
export function rowToEntry(row: Row): LogEntry {
  return {
    position: numberOf(row, 'position'),
    signed: parseEntry(bytesOf(row, 'wire')),
    certificate: parseCertificate(bytesOf(row, 'certificate')),
  }
}

/** A checkpoint's row. */
export function rowToCheckpoint(row: Row): StoredCheckpoint {
  return {
    height: numberOf(row, 'height'),
    header: bytesOf(row, 'header'),
    certificate: bytesOf(row, 'certificate'),
    facts: bytesOf(row, 'facts'),
    cut: bytesOf(row, 'cut'),
  }
}

/** A column of bytes. Throws `internal`, as all readers here do, when the database holds something else. */
export function bytesOf(row: Row | undefined, column: string): Uint8Array {
  const value = row?.[column]
  if (value instanceof Uint8Array) return value
  throw badColumn(column)
}

/** A column with an account. */
export function accountOf(row: Row, column: string): Account {
  return toAccount(bytesOf(row, column))
}

/** A column with an entry hash. */
export function hashOf(row: Row, column: string): EntryHash {
  return digestToEntryHash(bytesOf(row, column))
}

/** A column with an integer that is no amount. */
export function numberOf(row: Row | undefined, column: string): number {
  return Number(integerOf(row, column))
}

/** A column with an amount in µT. */
export function amountOf(row: Row | undefined, column: string): MicroTokens {
  return toMicroTokens(integerOf(row, column))
}

/** A column with any integer. */
export function integerOf(row: Row | undefined, column: string): bigint {
  const value = row?.[column]
  if (typeof value === 'bigint') return value
  throw badColumn(column)
}

function textOf(row: Row, column: string): string {
  const value = row[column]
  if (typeof value === 'string') return value
  throw badColumn(column)
}

function standingOf(row: Row) {
  return {
    account: accountOf(row, 'account'),
    head: hashOf(row, 'head'),
    seq: numberOf(row, 'seq'),
    balance: amountOf(row, 'balance'),
    credit: amountOf(row, 'credit'),
    locked: amountOf(row, 'locked'),
    stake: amountOf(row, 'stake'),
  }
}

function badColumn(column: string): LoremeshError {
  return new LoremeshError('internal', `The ledger's database has an unreadable ${column}`)
}
