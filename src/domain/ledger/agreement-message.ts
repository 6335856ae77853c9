import { SIGNATURE_BYTES } from '../identity/signature.ts'
import { bytesToHexText, hexTextToBytes } from '../kernel/bytes.ts'
import { encodeCbor, type CborValue } from '../kernel/cbor.ts'
import { LoremeshError } from '../kernel/errors.ts'
import { readBlob, readBytes, readInteger, readList, readTuple } from './cbor-fields.ts'
import { decodeLimited } from './envelope.ts'
import { MAX_AUTHORITIES } from './genesis.ts'
import { encodeVotes, readVotes, type Vote } from './vote.ts'

/** What authorities agree on, opaque to the agreement. */
export interface AgreementValue {
  /** 64 lower-case hexadecimal digits: a hash that commits to the whole payload. */
  readonly id: string
  readonly payload: Uint8Array
}

/** PROPOSAL(height, round, value, validRound) by the proposer of the round. */
export interface Proposal {
  readonly kind: 'proposal'
  readonly height: number
  readonly round: number
  readonly value: AgreementValue
  /** Earlier round in which the proposer saw a quorum prevote for the value; -1 when it proposes it anew. */
  readonly validRound: number
  /** That quorum's prevotes, in the order of the authorities; empty when `validRound` is -1. */
  readonly prevotes: readonly Vote[]
  readonly authority: number
  readonly signature: Uint8Array
}

/** PREVOTE or PRECOMMIT(height, round, id(value)). */
export interface AgreementVote {
  readonly kind: 'prevote' | 'precommit'
  readonly height: number
  readonly round: number
  /** Null is the paper's nil: for no value in this round. */
  readonly valueId: string | null
  readonly authority: number
  readonly signature: Uint8Array
}

/** Proof that a quorum prevoted for a value in a round, by the name that Tendermint gives it. Anyone may pass it on. */
export interface Polka {
  readonly kind: 'polka'
  readonly height: number
  readonly round: number
  readonly value: AgreementValue
  /** Of 2f+1 authorities, in their order. */
  readonly prevotes: readonly Vote[]
}

/** What one authority states once in a round, and signs. */
export type Statement = Proposal | AgreementVote
export type UnsignedStatement = Omit<Proposal, 'signature'> | Omit<AgreementVote, 'signature'>

/** What authorities send to each other. */
export type AgreementMessage = Statement | Polka

/** How payloads are taken from the wire. */
export interface PayloadFormat {
  readonly maxPayloadBytes: number
  /** The value's id. May throw a `LoremeshError` for a payload that is none. */
  idOf(payload: Uint8Array): string
}

/** Most bytes of a message beside its payload: ten votes with their signatures, the proposer's own, and the numbers. */
export const AGREEMENT_OVERHEAD_BYTES = 1_024

export const VALUE_ID_BYTES = 32
const kinds = ['proposal', 'prevote', 'precommit', 'polka'] as const

/** The 32 bytes of a value's id; null for nil. */
export function valueIdToBytes(id: string | null): Uint8Array | null {
  return id === null ? null : hexTextToBytes(id)
}

/**
 * Wire form: cbor([kind, height, round, …]), by kind 0 proposal: payload, validRound or null, prevotes, authority,
 * signature; 1 prevote and 2 precommit: value id or null, authority, signature; 3 polka: payload, prevotes. Votes are
 * [[authority, signature]…].
 */
export function encodeAgreementMessage(message: AgreementMessage): Uint8Array {
  return encodeCbor([kinds.indexOf(message.kind), message.height, message.round, ...encodeBody(message)])
}

function encodeBody(message: AgreementMessage): readonly CborValue[] {
  switch (message.kind) {
    case 'proposal': {
      const { value, validRound, prevotes, authority, signature } = message
      const provenRound = validRound < 0 ? null : validRound
      return [value.payload, provenRound, encodeVotes(prevotes), authority, signature]
    }
    case 'prevote':
    case 'precommit':
      return [valueIdToBytes(message.valueId), message.authority, message.signature]
    case 'polka':
      return [message.value.payload, encodeVotes(message.prevotes)]
  }
}

/**
 * The message of a wire form, whose signatures are not verified yet. Throws `message-too-large`, `bad-encoding`,
 * `unsupported`, or what `format.idOf` throws.
 */
export function parseAgreementMessage(wire: Uint8Array, format: PayloadFormat): AgreementMessage {
  const maxBytes = format.maxPayloadBytes + AGREEMENT_OVERHEAD_BYTES
  const fields = readList(decodeLimited(wire, maxBytes, 'agreement message'), 8, 'agreement message')
  const kind = kinds[readInteger(fields[0], 'kind of message')]
  const height = readInteger(fields[1], 'height')
  const round = readInteger(fields[2], 'round')
  if (kind === undefined) {
    throw new LoremeshError('unsupported', 'This agreement message is of a later version', 'Update Loremesh')
  }
  switch (kind) {
    case 'proposal': {
      const [, , , payload, provenRound, votes, authority, signature] = readTuple(fields, 8, 'proposal')
      const validRound = provenRound === null ? -1 : readInteger(provenRound, 'valid round', round - 1)
      const prevotes = readVotes(votes)
      if (validRound < 0 && prevotes.length > 0) {
        throw new LoremeshError('bad-encoding', 'The proposal has prevotes, but names no round of theirs')
      }
      const value = readValue(payload, format)
      return { kind, height, round, value, validRound, prevotes, ...readSignature(authority, signature) }
    }
    case 'prevote':
    case 'precommit': {
      const [, , , id, authority, signature] = readTuple(fields, 6, kind)
      const valueId = id === null ? null : bytesToHexText(readBytes(id, VALUE_ID_BYTES, 'value id'))
      return { kind, height, round, valueId, ...readSignature(authority, signature) }
    }
    case 'polka': {
      const [, , , payload, votes] = readTuple(fields, 5, 'polka')
      return { kind, height, round, value: readValue(payload, format), prevotes: readVotes(votes) }
    }
  }
}

function readValue(field: CborValue | undefined, format: PayloadFormat): AgreementValue {
  const payload = readBlob(field, format.maxPayloadBytes, 'payload')
  return { id: format.idOf(payload), payload }
}

function readSignature(authority: CborValue | undefined, signature: CborValue | undefined): Vote {
  return {
    authority: readInteger(authority, 'authority', MAX_AUTHORITIES - 1),
    signature: readBytes(signature, SIGNATURE_BYTES, 'signature'),
  }
}
