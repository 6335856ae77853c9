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
  type PayloadFormat,
  type Polka,
  type Statement,
} from './agreement-message.ts'
import { readBlob, readBytes, readInteger, readList, readTuple } from './cbor-fields.ts'
import { decodeLimited } from './envelope.ts'

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
  /** Own statements of this round, and own votes of the round before. */
  readonly sent: readonly Statement[]
}

/** A round's proposal, prevote and precommit, and two votes of the round before. */
const MAX_SENT = 5

/** Bytes to store: cbor([1, height, round, step, [locked round, value id] or null, polka or null, [statement…]]). */
export function encodeAgreementRecord({
  height,
  round,
  step,
  locked,
  valid,
  sent,
}: AgreementRecord): Uint8Array {
  return encodeCbor([
    1,
    height,
    round,
    steps.indexOf(step),
    locked === null ? null : [locked.round, valueIdToBytes(locked.valueId)],
    valid === null ? null : encodeAgreementMessage(valid),
    sent.map(encodeAgreementMessage),
  ])
}

/** The record of stored bytes. Throws `message-too-large`, `bad-encoding` or `unsupported`. */
export function parseAgreementRecord(bytes: Uint8Array, format: PayloadFormat): AgreementRecord {
  const maxBytes = (format.maxPayloadBytes + AGREEMENT_OVERHEAD_BYTES) * (MAX_SENT + 2)
  const fields = readTuple(decodeLimited(bytes, maxBytes, 'agreement record'), 7, 'agreement record')
  const [version, height, round, step, locked, valid, sent] = fields
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
    valid: valid === null ? null : expectPolka(readMessage(valid, format)),
    sent: readList(sent, MAX_SENT, 'statements').map((item) => expectStatement(readMessage(item, format))),
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

function readMessage(field: CborValue | undefined, format: PayloadFormat): AgreementMessage {
  const maxBytes = format.maxPayloadBytes + AGREEMENT_OVERHEAD_BYTES
  return parseAgreementMessage(readBlob(field, maxBytes, 'agreement message'), format)
}

function expectPolka(message: AgreementMessage): Polka {
  if (message.kind === 'polka') return message
  throw new LoremeshError('bad-encoding', 'The valid value of an agreement record is not a polka')
}

function expectStatement(message: AgreementMessage): Statement {
  if (message.kind !== 'polka') return message
  throw new LoremeshError('bad-encoding', 'What an agreement record says was sent is not a statement')
}
