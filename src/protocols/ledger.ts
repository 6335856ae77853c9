import * as v from 'valibot'
import type { Account } from '../domain/identity/account.ts'
import { encodeCbor, type CborValue } from '../domain/kernel/cbor.ts'
import { LoremeshError } from '../domain/kernel/errors.ts'
import { entryHashToDigest, type EntryHash } from '../domain/ledger/entry.ts'
import { MAX_FRAUD_PROOF_BYTES } from '../domain/ledger/fraud-proof.ts'
import { MAX_SHARDS } from './authority.ts'
import { account, certificateWire, entryWire, safeInteger } from './ledger-fields.ts'
import { decodeMessage, entryHash, integer, messageType, parseMessage, someBytes } from './message.ts'

/*
 * /loremesh/ledger/1.0.0: what a peer asks an authority. In the envelope of exchange.ts; the requester is the stream's
 * authenticated peer.
 *    1 vote           entry                       answer  [authority, signature]
 *    2 starter grant  height of a checkpoint      answer  grant with this authority's signature
 *    3 head           account, first seq wanted   answer  [null or state, [[entry, certificate], …], null or voted entry]
 *    4 payment        entry hash                  answer  null or payment
 *    5 certify        entry, certificate          answer  null
 *    6 inbox          null or account             answer  [[entry, certificate], …] that make open payments to it
 *    7 checkpoint     null or height known        answer  null or [header, certificate, [header, …]]
 *    8 standing       account                     answer  null or [header, certificate, proof]
 *    9 facts          height                      answer  null or the facts of that checkpoint
 *   10 fraud          proof                       answer  null
 *   11 log            shard, null or position, ms answer  [number of shards, next position, [[entry, certificate], …]]
 *   12 frauds         [account, …]                answer  [proof, …]
 *   13 header         height                      answer  null or [header, certificate]
 * Peers that keep a part of the ledger answer `log`, too. Fields are those of ledger-fields.ts, answers those of ledger-replies.ts. Whatever an authority does not do is a refusal.
 */

export const LEDGER_PROTOCOL = '/loremesh/ledger/1.0.0'
export const MAX_LEDGER_REQUEST_BYTES = MAX_FRAUD_PROOF_BYTES + 16
/** Accounts of one question about frauds. */
export const MAX_FRAUD_ACCOUNTS = 32

const TYPE = {
  vote: 1,
  starterGrant: 2,
  head: 3,
  payment: 4,
  certify: 5,
  inbox: 6,
  checkpoint: 7,
  standing: 8,
  facts: 9,
  fraud: 10,
  log: 11,
  frauds: 12,
  header: 13,
} as const

/** What a peer asks an authority. */
export type LedgerRequest =
  | { readonly type: 'vote'; readonly entryWire: Uint8Array }
  /** The grant of the amount that is in force in a checkpoint. */
  | { readonly type: 'starter-grant'; readonly checkpoint: number }
  | { readonly type: 'head'; readonly account: Account; readonly fromSeq: number }
  | { readonly type: 'payment'; readonly payment: EntryHash }
  /** Tells that an entry is certified. */
  | { readonly type: 'certify'; readonly entryWire: Uint8Array; readonly certificateWire: Uint8Array }
  /** Open payments to an account, undefined for that of the requester. */
  | { readonly type: 'inbox'; readonly account: Account | undefined }
  /** The newest checkpoint, with the headers that link it to the one at `fromHeight` when that is given. */
  | { readonly type: 'checkpoint'; readonly fromHeight: number | undefined }
  /** An account in the newest checkpoint. */
  | { readonly type: 'standing'; readonly account: Account }
  | { readonly type: 'facts'; readonly height: number }
  /** Reports that an account or an authority cheated. */
  | { readonly type: 'fraud'; readonly proofWire: Uint8Array }
  /**
   * Certified entries of one shard from a position on; without one from the first that is dated `sinceMs`, in ms since
   * 1970, or later.
   */
  | {
      readonly type: 'log'
      readonly shard: number
      readonly position: number | undefined
      readonly sinceMs: number
    }
  /** Proofs of frauds for which these accounts are frozen or banned now, and those against authorities. */
  | { readonly type: 'frauds'; readonly accounts: readonly Account[] }
  /** The checkpoint of a height. */
  | { readonly type: 'header'; readonly height: number }

const voteSchema = v.strictTuple([v.literal(TYPE.vote), entryWire])
const starterGrantSchema = v.strictTuple([v.literal(TYPE.starterGrant), safeInteger])
const headSchema = v.strictTuple([v.literal(TYPE.head), account, safeInteger])
const paymentSchema = v.strictTuple([v.literal(TYPE.payment), entryHash])
const certifySchema = v.strictTuple([v.literal(TYPE.certify), entryWire, certificateWire])
const inboxSchema = v.strictTuple([v.literal(TYPE.inbox), v.nullable(account)])
const checkpointSchema = v.strictTuple([v.literal(TYPE.checkpoint), v.nullable(safeInteger)])
const standingSchema = v.strictTuple([v.literal(TYPE.standing), account])
const factsSchema = v.strictTuple([v.literal(TYPE.facts), safeInteger])
const fraudSchema = v.strictTuple([v.literal(TYPE.fraud), someBytes(MAX_FRAUD_PROOF_BYTES)])
const logSchema = v.strictTuple([
  v.literal(TYPE.log),
  integer(0, MAX_SHARDS - 1),
  v.nullable(safeInteger),
  safeInteger,
])
const fraudsSchema = v.strictTuple([
  v.literal(TYPE.frauds),
  v.pipe(v.array(account), v.maxLength(MAX_FRAUD_ACCOUNTS)),
])
const headerSchema = v.strictTuple([v.literal(TYPE.header), safeInteger])

/** Body of a request. */
export function encodeLedgerRequest(request: LedgerRequest): Uint8Array {
  return encodeCbor(toFields(request))
}

function toFields(request: LedgerRequest): CborValue {
  switch (request.type) {
    case 'vote':
      return [TYPE.vote, request.entryWire]
    case 'starter-grant':
      return [TYPE.starterGrant, request.checkpoint]
    case 'head':
      return [TYPE.head, request.account, request.fromSeq]
    case 'payment':
      return [TYPE.payment, entryHashToDigest(request.payment)]
    case 'certify':
      return [TYPE.certify, request.entryWire, request.certificateWire]
    case 'inbox':
      return [TYPE.inbox, request.account ?? null]
    case 'checkpoint':
      return [TYPE.checkpoint, request.fromHeight ?? null]
    case 'standing':
      return [TYPE.standing, request.account]
    case 'facts':
      return [TYPE.facts, request.height]
    case 'fraud':
      return [TYPE.fraud, request.proofWire]
    case 'log':
      return [TYPE.log, request.shard, request.position ?? null, request.sinceMs]
    case 'frauds':
      return [TYPE.frauds, request.accounts]
    case 'header':
      return [TYPE.header, request.height]
  }
}

/** Parses a request's body; throws `message-too-large` or `bad-encoding`. What is signed is parsed by the authority. */
export function parseLedgerRequest(body: Uint8Array): LedgerRequest {
  const value = decodeMessage(body, MAX_LEDGER_REQUEST_BYTES)
  switch (messageType(value)) {
    case TYPE.vote: {
      const [, entryWire] = parseMessage(voteSchema, value)
      return { type: 'vote', entryWire }
    }
    case TYPE.starterGrant: {
      const [, checkpoint] = parseMessage(starterGrantSchema, value)
      return { type: 'starter-grant', checkpoint }
    }
    case TYPE.head: {
      const [, account, fromSeq] = parseMessage(headSchema, value)
      return { type: 'head', account, fromSeq }
    }
    case TYPE.payment: {
      const [, payment] = parseMessage(paymentSchema, value)
      return { type: 'payment', payment }
    }
    case TYPE.certify: {
      const [, entryWire, certificateWire] = parseMessage(certifySchema, value)
      return { type: 'certify', entryWire, certificateWire }
    }
    case TYPE.inbox: {
      const [, account] = parseMessage(inboxSchema, value)
      return { type: 'inbox', account: account ?? undefined }
    }
    case TYPE.checkpoint: {
      const [, fromHeight] = parseMessage(checkpointSchema, value)
      return { type: 'checkpoint', fromHeight: fromHeight ?? undefined }
    }
    case TYPE.standing: {
      const [, account] = parseMessage(standingSchema, value)
      return { type: 'standing', account }
    }
    case TYPE.facts: {
      const [, height] = parseMessage(factsSchema, value)
      return { type: 'facts', height }
    }
    case TYPE.fraud: {
      const [, proofWire] = parseMessage(fraudSchema, value)
      return { type: 'fraud', proofWire }
    }
    case TYPE.log: {
      const [, shard, position, sinceMs] = parseMessage(logSchema, value)
      return { type: 'log', shard, position: position ?? undefined, sinceMs }
    }
    case TYPE.frauds: {
      const [, accounts] = parseMessage(fraudsSchema, value)
      return { type: 'frauds', accounts }
    }
    case TYPE.header: {
      const [, height] = parseMessage(headerSchema, value)
      return { type: 'header', height }
    }
    default:
      throw new LoremeshError('bad-encoding', 'The message is no request to an authority')
  }
}
