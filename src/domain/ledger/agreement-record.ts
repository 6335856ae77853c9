import { bytesToHexText } from '../kernel/bytes.ts'
import { encodeCbor, type CborValue } from '../kernel/cbor.ts'
import { LoremeshError } from '../kernel/errors.ts'
import {
  AGREEMENT_OVERHEAD_BYTES,
  encodeAgreementMessage,
  parseAgreementMessage,
  VALUE_ID_BYTES,
  valueIdToBytes,
  type AgreementMessage,
  type AgreementVote,
  type PayloadFormat,
  type Polka,
  type Statement,
} from './agreement-message.ts'
import { readBlob, readBytes, readInteger, readList, readTuple } from './cbor-fields.ts'
import { decodeLimited } from './envelope.ts'
import { MAX_AUTHORITIES } from './genesis.ts'

const steps = ['propose', 'prevote', 'precommit'] as const

/** The step of its round that an authority is in: the paper's step_p. */
export type AgreementStep = (typeof steps)[number]

/** What an authority must not forget in a crash, or it might contradict itself. */
export interface AgreementRecord {
  readonly height: number
  readonly round: number
  readonly step: AgreementStep
  /** lockedRound_p and the id of lockedValue_p; null for -1 and nil. */
  readonly locked: { readonly round: number; readonly valueId: string } | null
  /** validRound_p and validValue_p with the prevotes that prove them; null for -1 and nil. */
  readonly valid: Polka | null
  /** Own statements of this round. */
  readonly sent: readonly Statement[]
  /** Everybody's precommits of the round before, as far as they were held when it ended: they show others that it did. */
  readonly lastPrecommits: readonly AgreementVote[]
}

/** A round's proposal, prevote and precommit. */
const MAX_SENT = 3

/**
 * Bytes to store: cbor([1, height, round, step, [locked round, value id] or null, polka or null, [statement…],
 * [precommit…]]).
 */
export function encodeAgreementRecord({
  height,
  round,
  step,
  locked,
  valid,
  sent,
  lastPrecommits,
}: AgreementRecord): Uint8Array {
  return encodeCbor([
    1,
    height,
    round,
    steps.indexOf(step),
    locked === null ? null : [locked.round, valueIdToBytes(locked.valueId)],
    valid === null ? null : encodeAgreementMessage(valid),
    sent.map(encodeAgreementMessage),
    lastPrecommits.map(encodeAgreementMessage),
  ])
}

/** The record of stored bytes. Throws `message-too-large`, `bad-encoding` or `unsupported`. */
export function parseAgreementRecord(bytes: Uint8Array, format: PayloadFormat): AgreementRecord {
  // Two payloads at most, that of an own proposal and that of the valid value; the rest are votes.
  const maxBytes = 2 * format.maxPayloadBytes + 8 * AGREEMENT_OVERHEAD_BYTES
  const fields = readTuple(decodeLimited(bytes, maxBytes, 'agreement record'), 8, 'agreement record')
  const [version, height, round, step, locked, valid, sent, lastPrecommits] = fields
  if (version !== 1) {
    throw new LoremeshError(
      'unsupported',
      'This version of an agreement record is not known here',
      'Update Loremesh',
    )
  }
  return {
    height: readInteger(height, 'height'),
    round: readInteger(round, 'round'),
    step: steps[readInteger(step, 'step', steps.length - 1)] ?? 'propose',
    locked: readLocked(locked),
    valid: valid === null ? null : readPolka(valid, format),
    sent: readList(sent, MAX_SENT, 'statements').map((item) => readStatement(item, format)),
    lastPrecommits: readList(lastPrecommits, MAX_AUTHORITIES, 'precommits').map((item) =>
      readStoredVote(item, format),
    ),
  }
}

function readLocked(field: CborValue | undefined): AgreementRecord['locked'] {
  if (field === null) return null
  const [round, valueId] = readTuple(field, 2, 'lock')
  return {
    round: readInteger(round, 'locked round'),
    valueId: bytesToHexText(readBytes(valueId, VALUE_ID_BYTES, 'value id')),
  }
}

function readPolka(field: CborValue | undefined, format: PayloadFormat): Polka {
  const message = readMessage(field, format)
  if (message.kind !== 'polka') throw misplaced(message)
  return message
}

function readStatement(field: CborValue | undefined, format: PayloadFormat): Statement {
  const message = readMessage(field, format)
  if (message.kind === 'polka') throw misplaced(message)
  return message
}

function readStoredVote(field: CborValue | undefined, format: PayloadFormat): AgreementVote {
  const statement = readStatement(field, format)
  if (statement.kind === 'proposal') throw misplaced(statement)
  return statement
}

function readMessage(field: CborValue | undefined, format: PayloadFormat): AgreementMessage {
  const maxBytes = format.maxPayloadBytes + AGREEMENT_OVERHEAD_BYTES
  return parseAgreementMessage(readBlob(field, maxBytes, 'agreement message'), format)
}

function misplaced({ kind }: AgreementMessage): LoremeshError {
  return new LoremeshError('bad-encoding', `An agreement record has a ${kind} where none can be`)
}
