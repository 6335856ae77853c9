import * as v from 'valibot'
import { SIGNATURE_BYTES } from '../domain/identity/signature.ts'
import { encodeCbor, type CborValue } from '../domain/kernel/cbor.ts'
import { MAX_ACCOUNT_PROOF_BYTES } from '../domain/ledger/account-proof.ts'
import type { AccountState, Payment } from '../domain/ledger/account-state.ts'
import type { CertifiedEntry } from '../domain/ledger/certificate.ts'
import { MAX_CHECKPOINT_CERTIFICATE_BYTES } from '../domain/ledger/checkpoint-certificate.ts'
import { MAX_HEADER_BYTES } from '../domain/ledger/checkpoint-codec.ts'
import type { SignedEntry } from '../domain/ledger/entry.ts'
import { MAX_FACTS_BYTES } from '../domain/ledger/fact-codec.ts'
import {
  encodeFraudProof,
  MAX_FRAUD_PROOF_BYTES,
  parseFraudProof,
  type FraudProof,
} from '../domain/ledger/fraud-proof.ts'
import { MAX_AUTHORITIES } from '../domain/ledger/genesis.ts'
import { MAX_GRANT_WIRE_BYTES } from '../domain/ledger/grant.ts'
import type { Vote } from '../domain/ledger/vote.ts'
import {
  accountState,
  certifiedEntry,
  encodeAccountState,
  encodeCertifiedEntry,
  encodePayment,
  payment,
  signedEntry,
} from './ledger-fields.ts'
import { MAX_FRAUD_ACCOUNTS } from './ledger.ts'
import { decodeMessage, exactBytes, integer, parseMessage, someBytes } from './message.ts'

/*
 * What an authority answers over /loremesh/ledger/1.0.0 (ledger.ts). Parsers throw `message-too-large`, `bad-encoding`, and
 * what the parsers of signed parts throw; signatures are not verified yet.
 */

/** The largest answer holds the facts of a checkpoint. */
export const MAX_LEDGER_ANSWER_BYTES = MAX_FACTS_BYTES + 16
/** Entries of one answer about a head; whoever needs more asks again from the seq after the last. */
export const MAX_HEAD_ENTRIES = 48
/** Payments of one answer about an inbox; more are told once some of these are claimed. */
export const MAX_INBOX_ENTRIES = 200
/** Bytes of entries and certificates in one answer about a log. */
export const MAX_PUBLIC_LOG_BYTES = MAX_LEDGER_ANSWER_BYTES - 16_384
/** Proofs of one answer about frauds: one for each account that was asked for, and for each authority. */
const MAX_FRAUD_PROOFS = MAX_FRAUD_ACCOUNTS + MAX_AUTHORITIES
/** Headers that link a checkpoint to an older one: b(b + 1)/2 at most for heights of b bits, so enough for 31 bits. */
const MAX_LINK_HEADERS = 512

/** An account as one authority knows it. */
export interface AccountChain {
  /** After the newest certified entry; undefined before the first one. */
  readonly state: AccountState | undefined
  /** Certified entries, oldest first. */
  readonly entries: readonly CertifiedEntry[]
  /** The entry beyond them that has this authority's vote. */
  readonly voted: SignedEntry | undefined
}

/** A checkpoint in wire forms. */
export interface HeaderAnswer {
  readonly header: Uint8Array
  readonly certificate: Uint8Array
}

/** The newest checkpoint in wire forms, with the headers that link it to an older one. */
export interface CheckpointAnswer extends HeaderAnswer {
  /** As `headersBetween` names them, without the newest. */
  readonly olderHeaders: readonly Uint8Array[]
}

/** An account in the newest checkpoint, in wire forms. */
export interface StandingAnswer extends HeaderAnswer {
  readonly proof: Uint8Array
}

const voteReply = v.strictTuple([integer(0, MAX_AUTHORITIES - 1), exactBytes(SIGNATURE_BYTES)])
const grantReply = someBytes(MAX_GRANT_WIRE_BYTES)
const headReply = v.strictTuple([
  v.nullable(accountState),
  v.pipe(v.array(certifiedEntry), v.maxLength(MAX_HEAD_ENTRIES)),
  v.nullable(signedEntry),
])
const inboxReply = v.pipe(v.array(certifiedEntry), v.maxLength(MAX_INBOX_ENTRIES))
const headerBytes = someBytes(MAX_HEADER_BYTES)
const checkpointCertificate = someBytes(MAX_CHECKPOINT_CERTIFICATE_BYTES)
const checkpointReply = v.nullable(
  v.strictTuple([
    headerBytes,
    checkpointCertificate,
    v.pipe(v.array(headerBytes), v.maxLength(MAX_LINK_HEADERS)),
  ]),
)
const fraudsReply = v.pipe(v.array(someBytes(MAX_FRAUD_PROOF_BYTES)), v.maxLength(MAX_FRAUD_PROOFS))
const headerReply = v.nullable(v.strictTuple([headerBytes, checkpointCertificate]))
const standingReply = v.nullable(
  v.strictTuple([headerBytes, checkpointCertificate, someBytes(MAX_ACCOUNT_PROOF_BYTES)]),
)

/** Answers what was asked for when there is nothing to say but that it was done. */
export function encodeDoneReply(): Uint8Array {
  return encodeCbor(null)
}

/** Parses that answer. */
export function parseDoneReply(body: Uint8Array): void {
  parseMessage(v.null(), decodeAnswer(body))
}

/** Answers a vote request. */
export function encodeVoteReply({ authority, signature }: Vote): Uint8Array {
  return encodeCbor([authority, signature])
}

/** Parses the answer to a vote request. */
export function parseVoteReply(body: Uint8Array): Vote {
  const [authority, signature] = parseMessage(voteReply, decodeAnswer(body))
  return { authority, signature }
}

/** Answers a request for the starter grant with the grant's wire form. */
export function encodeGrantReply(grantWire: Uint8Array): Uint8Array {
  return encodeCbor(grantWire)
}

/** Parses the answer to a request for the starter grant. */
export function parseGrantReply(body: Uint8Array): Uint8Array {
  return parseMessage(grantReply, decodeAnswer(body))
}

/** Answers a request for an account's head. */
export function encodeHeadReply({ state, entries, voted }: AccountChain): Uint8Array {
  return encodeCbor([
    state === undefined ? null : encodeAccountState(state),
    entries.map(encodeCertifiedEntry),
    voted?.wire ?? null,
  ])
}

/** Parses the answer to a request for an account's head. */
export function parseHeadReply(body: Uint8Array): AccountChain {
  const [state, entries, voted] = parseMessage(headReply, decodeAnswer(body))
  return { state: state ?? undefined, entries, voted: voted ?? undefined }
}

/** Answers a question about a payment; undefined for one that is not known. */
export function encodePaymentReply(found: Payment | undefined): Uint8Array {
  return encodeCbor(found === undefined ? null : encodePayment(found))
}

/** Parses the answer to a question about a payment. */
export function parsePaymentReply(body: Uint8Array): Payment | undefined {
  return parseMessage(v.nullable(payment), decodeAnswer(body)) ?? undefined
}

/** Answers a request for an inbox. */
export function encodeInboxReply(entries: readonly CertifiedEntry[]): Uint8Array {
  return encodeCbor(entries.map(encodeCertifiedEntry))
}

/** Parses the answer to a request for an inbox. */
export function parseInboxReply(body: Uint8Array): readonly CertifiedEntry[] {
  return parseMessage(inboxReply, decodeAnswer(body))
}

/** Answers a request for the newest checkpoint; undefined before the first one. */
export function encodeCheckpointReply(answer: CheckpointAnswer | undefined): Uint8Array {
  if (answer === undefined) return encodeCbor(null)
  return encodeCbor([answer.header, answer.certificate, answer.olderHeaders])
}

/** Parses the answer to a request for the newest checkpoint. */
export function parseCheckpointReply(body: Uint8Array): CheckpointAnswer | undefined {
  const reply = parseMessage(checkpointReply, decodeAnswer(body))
  if (reply === null) return undefined
  const [header, certificate, olderHeaders] = reply
  return { header, certificate, olderHeaders }
}

/** Answers a request for an account's standing; undefined when no checkpoint contains the account. */
export function encodeStandingReply(answer: StandingAnswer | undefined): Uint8Array {
  return encodeCbor(answer === undefined ? null : [answer.header, answer.certificate, answer.proof])
}

/** Parses the answer to a request for an account's standing. */
export function parseStandingReply(body: Uint8Array): StandingAnswer | undefined {
  const reply = parseMessage(standingReply, decodeAnswer(body))
  if (reply === null) return undefined
  const [header, certificate, proof] = reply
  return { header, certificate, proof }
}

/** Answers a request for a checkpoint's facts in wire form; undefined for a height that is not known. */
export function encodeFactsReply(factsWire: Uint8Array | undefined): Uint8Array {
  return encodeCbor(factsWire ?? null)
}

/** Parses the answer to a request for a checkpoint's facts. */
export function parseFactsReply(body: Uint8Array): Uint8Array | undefined {
  return parseMessage(v.nullable(someBytes(MAX_FACTS_BYTES)), decodeAnswer(body)) ?? undefined
}

/** Answers a question about frauds. */
export function encodeFraudsReply(frauds: readonly FraudProof[]): Uint8Array {
  return encodeCbor(frauds.map(encodeFraudProof))
}

/** Parses the answer to a question about frauds; what `parseFraudProof` throws goes through. */
export function parseFraudsReply(body: Uint8Array): readonly FraudProof[] {
  return parseMessage(fraudsReply, decodeAnswer(body)).map(parseFraudProof)
}

/** Answers a request for the checkpoint of a height; undefined for one that is not known. */
export function encodeHeaderReply(answer: HeaderAnswer | undefined): Uint8Array {
  return encodeCbor(answer === undefined ? null : [answer.header, answer.certificate])
}

/** Parses the answer to a request for the checkpoint of a height. */
export function parseHeaderReply(body: Uint8Array): HeaderAnswer | undefined {
  const reply = parseMessage(headerReply, decodeAnswer(body))
  if (reply === null) return undefined
  const [header, certificate] = reply
  return { header, certificate }
}

function decodeAnswer(body: Uint8Array): CborValue {
  return decodeMessage(body, MAX_LEDGER_ANSWER_BYTES)
}
