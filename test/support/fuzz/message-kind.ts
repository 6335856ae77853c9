import type fc from 'fast-check'
import type { SignatureVerifier } from '../../../src/domain/identity/signature.ts'
import { damaged, mutatedTrees } from '../mutations.ts'
import { readCbor, readJson, toCbor, toJson } from './message-tree.ts'

/** What a reader made of a message. */
export interface Reading {
  /** The message, written again from what was read: the same bytes. Undefined where there are several forms of one message. */
  readonly again?: Uint8Array
  /** Throws a `LoremeshError` unless everybody signed it who should have. */
  readonly verify?: (verifier: SignatureVerifier) => Promise<unknown>
}

/** One kind of message that comes from outside, and its reader. */
export interface MessageKind<Message extends Uint8Array | string = Uint8Array | string> {
  readonly name: string
  /** Longer ones are refused before anything else: bytes, or UTF-16 units of a text. */
  readonly maxLength: number
  readonly valid: readonly Message[]
  /** Almost valid ones. */
  readonly mutated: fc.Arbitrary<Message>
  /** Throws what the reader refuses with. */
  readonly read: (message: Message) => Reading
}

/** A kind of message in CBOR. */
export function cborKind(
  name: string,
  maxLength: number,
  valid: readonly Uint8Array[],
  read: (wire: Uint8Array) => Reading,
): MessageKind {
  const mutated = damaged(mutatedTrees(valid.map(readCbor)).map(toCbor))
  return anyMessage({ name, maxLength, valid, mutated, read })
}

/** A kind of message in JSON. */
export function jsonKind(
  name: string,
  maxLength: number,
  valid: readonly string[],
  read: (text: string) => Reading,
): MessageKind {
  const mutated = mutatedTrees(valid.map(readJson)).map(toJson)
  return anyMessage({ name, maxLength, valid, mutated, read })
}

/** The kind as one among many, whose messages come from nowhere but itself. */
export function anyMessage<Message extends Uint8Array | string>(kind: MessageKind<Message>): MessageKind {
  return { ...kind, read: (message) => kind.read(message as Message) }
}

/** A kind of message that nobody signs as a whole. `verify` does what becomes of the signed messages inside of it. */
export function plainKind<T>(
  name: string,
  maxLength: number,
  values: readonly T[],
  codec: {
    readonly encode: (value: T) => Uint8Array
    readonly parse: (wire: Uint8Array) => T
    readonly verify?: (value: T, verifier: SignatureVerifier) => Promise<unknown>
  },
): MessageKind {
  const { encode, parse, verify } = codec
  return cborKind(name, maxLength, values.map(encode), (wire) => {
    const value = parse(wire)
    return { again: encode(value), verify: async (verifier) => verify?.(value, verifier) }
  })
}
