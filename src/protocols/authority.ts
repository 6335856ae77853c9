import * as v from 'valibot'
import { encodeCbor, type CborValue } from '../domain/kernel/cbor.ts'
import { LoremeshError } from '../domain/kernel/errors.ts'
import { MAX_CHECKPOINT_CERTIFICATE_BYTES } from '../domain/ledger/checkpoint-certificate.ts'
import { MAX_HEADER_BYTES } from '../domain/ledger/checkpoint-codec.ts'
import { MAX_FACTS_BYTES } from '../domain/ledger/fact-codec.ts'
import { entryHashToDigest, type EntryHash } from '../domain/ledger/entry.ts'
import { certificateWire, entryWire, safeInteger } from './ledger-fields.ts'
import { decodeMessage, entryHash, exactBytes, messageType, parseMessage, someBytes } from './message.ts'

/*
 * /loremesh/authority/1.0.0: what the authorities of a network ask each other. In the envelope of exchange.ts; the requester
 * is the stream's authenticated peer.
 *   1 log         shard, position      answer  [number of shards, next position, [[entry, certificate], …]]
 *   2 agreement   message              answer  null
 *   3 proposal    hash                 answer  null or proposal
 *   4 checkpoint  height               answer  null or [header, certificate, facts, cut]
 *   5 hashes      shard, position      answer  [number of shards, [[position, entry hash], …]]
 * A log holds the certified entries of one shard of the authority's database in the order in which it learnt of them;
 * `next position` is where it goes on. Its hashes tell what of it is new to the asker. Everything signed travels in its wire form.
 */

export const AUTHORITY_PROTOCOL = '/loremesh/authority/1.0.0'
/** Largest message of the agreement on a checkpoint, and largest proposal for one. */
export const MAX_AGREEMENT_BYTES = 2_097_152
export const MAX_AUTHORITY_REQUEST_BYTES = MAX_AGREEMENT_BYTES + 16
export const MAX_AUTHORITY_ANSWER_BYTES = MAX_AGREEMENT_BYTES + 2_048
/** Entries of one answer about a log or its hashes; fewer when they are large. */
export const MAX_LOG_ENTRIES = 512
/** Largest database. */
export const MAX_SHARDS = 1_024
const MAX_CUT_BYTES = MAX_AGREEMENT_BYTES - MAX_FACTS_BYTES - MAX_HEADER_BYTES
const PROPOSAL_HASH_BYTES = 32

const TYPE = { log: 1, agreement: 2, proposal: 3, checkpoint: 4, hashes: 5 } as const

/** What an authority asks another one. */
export type AuthorityRequest =
  | { readonly type: 'log'; readonly shard: number; readonly fromPosition: number }
  /** Hands over a message of the agreement. */
  | { readonly type: 'agreement'; readonly messageWire: Uint8Array }
  | { readonly type: 'proposal'; readonly hash: Uint8Array }
  | { readonly type: 'checkpoint'; readonly height: number }
  | { readonly type: 'hashes'; readonly shard: number; readonly fromPosition: number }

/** A certified entry in wire forms: most of those in a log are known already, and don't have to be parsed. */
export interface CertifiedWires {
  readonly entryWire: Uint8Array
  readonly certificateWire: Uint8Array
}

/** A part of an authority's log. */
export interface LogPage {
  /** How many shards, each with a log of its own, the authority's database has. */
  readonly shards: number
  readonly nextPosition: number
  readonly entries: readonly CertifiedWires[]
}

/** Which entries a part of an authority's log has. */
export interface LogHashes {
  readonly shards: number
  readonly entries: readonly ListedEntry[]
}

/** Where an entry stands in a log. */
interface ListedEntry {
  readonly position: number
  readonly hash: EntryHash
}

/** A final checkpoint in wire forms, with its facts and the cut of entries that it contains. */
export interface CheckpointWires {
  readonly header: Uint8Array
  readonly certificate: Uint8Array
  readonly facts: Uint8Array
  readonly cut: Uint8Array
}

const logSchema = v.strictTuple([v.literal(TYPE.log), safeInteger, safeInteger])
const agreementSchema = v.strictTuple([v.literal(TYPE.agreement), someBytes(MAX_AGREEMENT_BYTES)])
const proposalSchema = v.strictTuple([v.literal(TYPE.proposal), exactBytes(PROPOSAL_HASH_BYTES)])
const hashesSchema = v.strictTuple([v.literal(TYPE.hashes), safeInteger, safeInteger])
const checkpointSchema = v.strictTuple([v.literal(TYPE.checkpoint), safeInteger])

const shardCount = v.pipe(safeInteger, v.minValue(1), v.maxValue(MAX_SHARDS))
const logReply = v.strictTuple([
  shardCount,
  safeInteger,
  v.pipe(v.array(v.strictTuple([entryWire, certificateWire])), v.maxLength(MAX_LOG_ENTRIES)),
])
const hashesReply = v.strictTuple([
  shardCount,
  v.pipe(v.array(v.strictTuple([safeInteger, entryHash])), v.maxLength(MAX_LOG_ENTRIES)),
])
const proposalReply = v.nullable(someBytes(MAX_AGREEMENT_BYTES))
const checkpointReply = v.nullable(
  v.strictTuple([
    someBytes(MAX_HEADER_BYTES),
    someBytes(MAX_CHECKPOINT_CERTIFICATE_BYTES),
    someBytes(MAX_FACTS_BYTES),
    someBytes(MAX_CUT_BYTES),
  ]),
)

/** Body of a request. */
export function encodeAuthorityRequest(request: AuthorityRequest): Uint8Array {
  switch (request.type) {
    case 'log':
      return encodeCbor([TYPE.log, request.shard, request.fromPosition])
    case 'agreement':
      return encodeCbor([TYPE.agreement, request.messageWire])
    case 'proposal':
      return encodeCbor([TYPE.proposal, request.hash])
    case 'checkpoint':
      return encodeCbor([TYPE.checkpoint, request.height])
    case 'hashes':
      return encodeCbor([TYPE.hashes, request.shard, request.fromPosition])
  }
}

/** Parses a request's body; throws `message-too-large` or `bad-encoding`. */
export function parseAuthorityRequest(body: Uint8Array): AuthorityRequest {
  const value = decodeMessage(body, MAX_AUTHORITY_REQUEST_BYTES)
  switch (messageType(value)) {
    case TYPE.log: {
      const [, shard, fromPosition] = parseMessage(logSchema, value)
      return { type: 'log', shard, fromPosition }
    }
    case TYPE.agreement: {
      const [, messageWire] = parseMessage(agreementSchema, value)
      return { type: 'agreement', messageWire }
    }
    case TYPE.proposal: {
      const [, hash] = parseMessage(proposalSchema, value)
      return { type: 'proposal', hash }
    }
    case TYPE.checkpoint: {
      const [, height] = parseMessage(checkpointSchema, value)
      return { type: 'checkpoint', height }
    }
    case TYPE.hashes: {
      const [, shard, fromPosition] = parseMessage(hashesSchema, value)
      return { type: 'hashes', shard, fromPosition }
    }
    default:
      throw new LoremeshError('bad-encoding', 'The message is no request between authorities')
  }
}

/** Body of the answer to a request for a log. */
export function encodeLogReply({ shards, nextPosition, entries }: LogPage): Uint8Array {
  const rows = entries.map(({ entryWire, certificateWire }) => [entryWire, certificateWire])
  return encodeCbor([shards, nextPosition, rows])
}

/** Parses the answer to a request for a log; throws `message-too-large` or `bad-encoding`. Entries are not parsed. */
export function parseLogReply(body: Uint8Array): LogPage {
  const [shards, nextPosition, rows] = parseMessage(logReply, decodeAnswer(body))
  const entries = rows.map(([entryWire, certificateWire]) => ({ entryWire, certificateWire }))
  return { shards, nextPosition, entries }
}

/** Body of the answer to a request for a log's hashes. */
export function encodeHashesReply({ shards, entries }: LogHashes): Uint8Array {
  return encodeCbor([shards, entries.map(({ position, hash }) => [position, entryHashToDigest(hash)])])
}

/** Parses the answer to a request for a log's hashes; throws `message-too-large` or `bad-encoding`. */
export function parseHashesReply(body: Uint8Array): LogHashes {
  const [shards, rows] = parseMessage(hashesReply, decodeAnswer(body))
  return { shards, entries: rows.map(([position, hash]) => ({ position, hash })) }
}

/** Body of the answer to a message of the agreement. */
export function encodeReceivedReply(): Uint8Array {
  return encodeCbor(null)
}

/** Parses the answer to a message of the agreement; throws `message-too-large` or `bad-encoding`. */
export function parseReceivedReply(body: Uint8Array): void {
  parseMessage(v.null(), decodeAnswer(body))
}

/** Body of the answer to a request for a proposal; undefined for one that is not known. */
export function encodeProposalReply(proposal: Uint8Array | undefined): Uint8Array {
  return encodeCbor(proposal ?? null)
}

/** Parses the answer to a request for a proposal; throws `message-too-large` or `bad-encoding`. */
export function parseProposalReply(body: Uint8Array): Uint8Array | undefined {
  return parseMessage(proposalReply, decodeAnswer(body)) ?? undefined
}

/** Body of the answer to a request for a checkpoint; undefined for one that is not known. */
export function encodeCheckpointWiresReply(checkpoint: CheckpointWires | undefined): Uint8Array {
  if (checkpoint === undefined) return encodeCbor(null)
  const { header, certificate, facts, cut } = checkpoint
  return encodeCbor([header, certificate, facts, cut])
}

/** Parses the answer to a request for a checkpoint; throws `message-too-large` or `bad-encoding`. */
export function parseCheckpointWiresReply(body: Uint8Array): CheckpointWires | undefined {
  const reply = parseMessage(checkpointReply, decodeAnswer(body))
  if (reply === null) return undefined
  const [header, certificate, facts, cut] = reply
  return { header, certificate, facts, cut }
}

function decodeAnswer(body: Uint8Array): CborValue {
  return decodeMessage(body, MAX_AUTHORITY_ANSWER_BYTES)
}
