import * as v from 'valibot'
import { ACCOUNT_BYTES, toAccount, type Account } from '../domain/identity/account.ts'
import { SIGNATURE_BYTES } from '../domain/identity/signature.ts'
import { encodeCbor } from '../domain/kernel/cbor.ts'
import { LoremeshError } from '../domain/kernel/errors.ts'
import type { AccountState, Payment } from '../domain/ledger/account-state.ts'
import {
  encodeCertificate,
  MAX_CERTIFICATE_WIRE_BYTES,
  parseCertificate,
  type Certificate,
} from '../domain/ledger/certificate.ts'
import { MAX_CLAIM_WIRE_BYTES, parseEntry } from '../domain/ledger/entry-codec.ts'
import {
  digestToEntryHash,
  ENTRY_HASH_BYTES,
  entryHashToDigest,
  type EntryHash,
  type SignedEntry,
} from '../domain/ledger/entry.ts'
import { MAX_AUTHORITIES } from '../domain/ledger/genesis.ts'
import { MAX_GRANT_WIRE_BYTES } from '../domain/ledger/grant.ts'
import type { Vote } from '../domain/ledger/vote.ts'
import {
  amount,
  decodeMessage,
  exactBytes,
  integer,
  messageType,
  parseMessage,
  someBytes,
  text,
} from './message.ts'

/*
 * /loremesh/ledger/1.0.0: what a peer asks an authority. In the envelope of exchange.ts; the requester is the stream's
 * authenticated peer.
 *   1 vote           entry                       answer  [authority, signature]
 *   2 starter grant                              answer  grant
 *   3 head           account, first seq wanted   answer  null or [state, [[entry, certificate], …]], oldest first
 *   4 payment        entry hash                  answer  null or [hash, payer, payee, amount, fromCredit, expiresAtMs, phase]
 *   state            account, head, seq, balance, credit, locked, stake, timestampMs, frozen, [grant id, …]
 * Entries, certificates and grants travel in their signed wire forms. Whatever an authority does not do is a refusal.
 */

export const LEDGER_PROTOCOL = '/loremesh/ledger/1.0.0'
export const MAX_LEDGER_REQUEST_BYTES = MAX_CLAIM_WIRE_BYTES + 16
export const MAX_LEDGER_ANSWER_BYTES = 262_144
/** Entries of one answer; whoever needs more asks again from the seq after the last. 24 claims fit the limit. */
export const MAX_HEAD_ENTRIES = 24
const MAX_GRANTS = 256
const MAX_GRANT_ID_CHARS = 64

const TYPE = { vote: 1, starterGrant: 2, head: 3, payment: 4 } as const
const PHASES = ['open', 'claimed', 'reclaimed'] as const satisfies readonly Payment['state'][]

/** What a peer asks an authority. */
export type LedgerRequest =
  | { readonly type: 'vote'; readonly entryWire: Uint8Array }
  | { readonly type: 'starter-grant' }
  | { readonly type: 'head'; readonly account: Account; readonly fromSeq: number }
  | { readonly type: 'payment'; readonly payment: EntryHash }

/** An entry with the certificate that makes it final. */
export interface CertifiedEntry {
  readonly signed: SignedEntry
  readonly certificate: Certificate
}

/** A certified account and part of its chain. */
export interface AccountChain {
  readonly state: AccountState
  /** Oldest first. */
  readonly entries: readonly CertifiedEntry[]
}

const safeInteger = integer(0, Number.MAX_SAFE_INTEGER)
const account = v.pipe(
  exactBytes(ACCOUNT_BYTES),
  v.transform((key) => toAccount(key)),
)
const entryHash = v.pipe(
  exactBytes(ENTRY_HASH_BYTES),
  v.transform((digest) => digestToEntryHash(digest)),
)

const voteSchema = v.strictTuple([v.literal(TYPE.vote), someBytes(MAX_CLAIM_WIRE_BYTES)])
const starterGrantSchema = v.strictTuple([v.literal(TYPE.starterGrant)])
const headSchema = v.strictTuple([v.literal(TYPE.head), account, safeInteger])
const paymentSchema = v.strictTuple([v.literal(TYPE.payment), entryHash])

const voteReplySchema = v.strictTuple([integer(0, MAX_AUTHORITIES - 1), exactBytes(SIGNATURE_BYTES)])
const grantReplySchema = someBytes(MAX_GRANT_WIRE_BYTES)
const grantIds = v.pipe(v.array(text(MAX_GRANT_ID_CHARS)), v.maxLength(MAX_GRANTS))
const stateSchema = v.strictTuple([
  account,
  entryHash,
  safeInteger,
  amount,
  amount,
  amount,
  amount,
  safeInteger,
  v.boolean(),
  grantIds,
])
const certifiedEntrySchema = v.strictTuple([
  v.pipe(
    someBytes(MAX_CLAIM_WIRE_BYTES),
    v.transform((wire) => parseEntry(wire)),
  ),
  v.pipe(
    someBytes(MAX_CERTIFICATE_WIRE_BYTES),
    v.transform((wire) => parseCertificate(wire)),
  ),
])
const headReplySchema = v.nullable(
  v.strictTuple([stateSchema, v.pipe(v.array(certifiedEntrySchema), v.maxLength(MAX_HEAD_ENTRIES))]),
)
const paymentReplySchema = v.nullable(
  v.strictTuple([entryHash, account, account, amount, amount, safeInteger, v.picklist(PHASES)]),
)

/** Body of a request. */
export function encodeLedgerRequest(request: LedgerRequest): Uint8Array {
  switch (request.type) {
    case 'vote':
      return encodeCbor([TYPE.vote, request.entryWire])
    case 'starter-grant':
      return encodeCbor([TYPE.starterGrant])
    case 'head':
      return encodeCbor([TYPE.head, request.account, request.fromSeq])
    case 'payment':
      return encodeCbor([TYPE.payment, entryHashToDigest(request.payment)])
  }
}

/** Parses a request's body; throws `message-too-large` or `bad-encoding`. The entry of a vote is parsed by the authority. */
export function parseLedgerRequest(body: Uint8Array): LedgerRequest {
  const value = decodeMessage(body, MAX_LEDGER_REQUEST_BYTES)
  switch (messageType(value)) {
    case TYPE.vote: {
      const [, entryWire] = parseMessage(voteSchema, value)
      return { type: 'vote', entryWire }
    }
    case TYPE.starterGrant:
      parseMessage(starterGrantSchema, value)
      return { type: 'starter-grant' }
    case TYPE.head: {
      const [, account, fromSeq] = parseMessage(headSchema, value)
      return { type: 'head', account, fromSeq }
    }
    case TYPE.payment: {
      const [, payment] = parseMessage(paymentSchema, value)
      return { type: 'payment', payment }
    }
    default:
      throw new LoremeshError('bad-encoding', 'The message is no request to an authority')
  }
}

/** Body of the answer to a vote request. */
export function encodeVoteReply({ authority, signature }: Vote): Uint8Array {
  return encodeCbor([authority, signature])
}

/** Parses the answer to a vote request; throws `message-too-large` or `bad-encoding`. */
export function parseVoteReply(body: Uint8Array): Vote {
  const [authority, signature] = parseMessage(voteReplySchema, decodeMessage(body, MAX_LEDGER_ANSWER_BYTES))
  return { authority, signature }
}

/** Body of the answer to a request for the starter grant: the grant's wire form. */
export function encodeGrantReply(grantWire: Uint8Array): Uint8Array {
  return encodeCbor(grantWire)
}

/** Parses the answer to a request for the starter grant; throws `message-too-large` or `bad-encoding`. */
export function parseGrantReply(body: Uint8Array): Uint8Array {
  return parseMessage(grantReplySchema, decodeMessage(body, MAX_LEDGER_ANSWER_BYTES))
}

/** Body of the answer to a request for an account's head; undefined for an unknown account. */
export function encodeHeadReply(chain: AccountChain | undefined): Uint8Array {
  if (chain === undefined) return encodeCbor(null)
  const { account, head, seq, balance, credit, locked, stake, timestampMs, frozen, grants } = chain.state
  return encodeCbor([
    [account, entryHashToDigest(head), seq, balance, credit, locked, stake, timestampMs, frozen, grants],
    chain.entries.map(({ signed, certificate }) => [signed.wire, encodeCertificate(certificate)]),
  ])
}

/**
 * Parses the answer to a request for an account's head; signatures are not verified yet. Throws `message-too-large`,
 * `bad-encoding` and what `parseEntry` throws.
 */
export function parseHeadReply(body: Uint8Array): AccountChain | undefined {
  const reply = parseMessage(headReplySchema, decodeMessage(body, MAX_LEDGER_ANSWER_BYTES))
  if (reply === null) return undefined
  const [[account, head, seq, balance, credit, locked, stake, timestampMs, frozen, grants], entries] = reply
  return {
    state: { account, head, seq, balance, credit, locked, stake, timestampMs, frozen, grants },
    entries: entries.map(([signed, certificate]) => ({ signed, certificate })),
  }
}

/** Body of the answer to a question about a payment; undefined for one that was never certified. */
export function encodePaymentReply(payment: Payment | undefined): Uint8Array {
  if (payment === undefined) return encodeCbor(null)
  const { hash, payer, payee, amount, fromCredit, expiresAtMs, state } = payment
  return encodeCbor([entryHashToDigest(hash), payer, payee, amount, fromCredit, expiresAtMs, state])
}

/** Parses the answer to a question about a payment; throws `message-too-large` or `bad-encoding`. */
export function parsePaymentReply(body: Uint8Array): Payment | undefined {
  const reply = parseMessage(paymentReplySchema, decodeMessage(body, MAX_LEDGER_ANSWER_BYTES))
  if (reply === null) return undefined
  const [hash, payer, payee, amount, fromCredit, expiresAtMs, state] = reply
  return { hash, payer, payee, amount, fromCredit, expiresAtMs, state }
}
