import { ACCOUNT_BYTES, toAccount, type Account } from '../identity/account.ts'
import type { CborValue } from '../kernel/cbor.ts'
import { LoremeshError } from '../kernel/errors.ts'
import { MAX_MICRO_TOKENS, toMicroTokens, type MicroTokens } from '../kernel/micro-tokens.ts'
import { digestToEntryHash, ENTRY_HASH_BYTES, type EntryHash } from './entry.ts'

/*
 * Readers of the fields of a decoded message. Each takes the field's name for the error message and throws
 * `bad-encoding` when the value is of another type, length or range.
 */

type Field = CborValue | undefined

/** An array of exactly `length` fields. */
export function readTuple(value: Field, length: number, name: string): readonly CborValue[] {
  if (!isArray(value) || value.length !== length) throw badField(name, `an array of ${length} fields`)
  return value
}

/** An array of at most `maxLength` elements. */
export function readList(value: Field, maxLength: number, name: string): readonly CborValue[] {
  if (!isArray(value) || value.length > maxLength) throw badField(name, `a list of at most ${maxLength}`)
  return value
}

/** An integer from 0 to `max`. */
export function readInteger(value: Field, name: string, max = Number.MAX_SAFE_INTEGER): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0 || value > max) {
    throw badField(name, `an integer from 0 to ${max}`)
  }
  return value
}

/** An amount in µT. */
export function readAmount(value: Field, name: string): MicroTokens {
  const isAmount = typeof value === 'bigint' || (typeof value === 'number' && Number.isSafeInteger(value))
  if (!isAmount || value < 0 || value > MAX_MICRO_TOKENS) throw badField(name, 'an amount in µT')
  return toMicroTokens(value)
}

/** Exactly `length` bytes. */
export function readBytes(value: Field, length: number, name: string): Uint8Array {
  if (!(value instanceof Uint8Array) || value.length !== length) throw badField(name, `${length} bytes`)
  return value
}

/** At most `maxLength` bytes. */
export function readBlob(value: Field, maxLength: number, name: string): Uint8Array {
  if (!(value instanceof Uint8Array) || value.length > maxLength) {
    throw badField(name, `at most ${maxLength} bytes`)
  }
  return value
}

/** A text of at most `maxLength` UTF-16 units. */
export function readText(value: Field, maxLength: number, name: string): string {
  if (typeof value !== 'string' || value.length > maxLength) {
    throw badField(name, `a text of at most ${maxLength} characters`)
  }
  return value
}

/** An account's 32 bytes. */
export function readAccount(value: Field, name: string): Account {
  return toAccount(readBytes(value, ACCOUNT_BYTES, name))
}

/** An entry hash's 32 bytes. */
export function readEntryHash(value: Field, name: string): EntryHash {
  return digestToEntryHash(readBytes(value, ENTRY_HASH_BYTES, name))
}

function isArray(value: Field): value is readonly CborValue[] {
  return Array.isArray(value)
}

function badField(name: string, expected: string): LoremeshError {
  return new LoremeshError('bad-encoding', `The ${name} is not ${expected}`)
}
