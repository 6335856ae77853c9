import type { Agreement, AgreementEffect } from '../../src/domain/ledger/agreement-host.ts'
import type {
  AgreementMessage,
  AgreementValue,
  AgreementVote,
  Polka,
  Proposal,
} from '../../src/domain/ledger/agreement-message.ts'
import type { AgreementRecord } from '../../src/domain/ledger/agreement-record.ts'
import { createAgreement } from '../../src/domain/ledger/agreement.ts'
import { sha256Digest } from '../../src/domain/kernel/hashing.ts'
import { bytesToHexText, textToBytes } from '../../src/domain/kernel/bytes.ts'

/** The height of the samples; the proposer of round r is authority r mod 4. */
export const height = 8

/** A signature that nobody checks. */
export const signature = new Uint8Array(64)

/** The value with this name. */
export function valueOf(name: string): AgreementValue {
  const payload = textToBytes(name)
  return { id: idOf(payload), payload }
}

/** How the samples' payloads are read. */
export const format = { maxPayloadBytes: 100, idOf }

/** A payload's id in the tests. */
function idOf(payload: Uint8Array): string {
  return bytesToHexText(sha256Digest(payload))
}

export const a = valueOf('a')
export const b = valueOf('b')

/** A vote of an authority in a round. */
export function vote(
  kind: AgreementVote['kind'],
  authority: number,
  round: number,
  value: AgreementValue | null,
): AgreementVote {
  return { kind, height, round, valueId: value?.id ?? null, authority, signature }
}

/** Votes of several authorities. */
export function votes(
  kind: AgreementVote['kind'],
  authorities: readonly number[],
  round: number,
  value: AgreementValue | null,
): readonly AgreementVote[] {
  return authorities.map((authority) => vote(kind, authority, round, value))
}

/** The proposal of a round, as a new value or proven by a polka. */
export function proposal(round: number, value: AgreementValue, proof?: Polka): Proposal {
  const proven = { validRound: proof?.round ?? -1, prevotes: proof?.prevotes ?? [] }
  return { kind: 'proposal', height, round, value, ...proven, authority: round % 4, signature }
}

/** The proof that these authorities prevoted for the value. */
export function polka(authorities: readonly number[], round: number, value: AgreementValue): Polka {
  return {
    kind: 'polka',
    height,
    round,
    value,
    prevotes: authorities.map((authority) => ({ authority, signature })),
  }
}

/** The messages among effects, in words such as "prevote 0 a". */
export function sent(effects: readonly AgreementEffect[]): readonly string[] {
  return effects.flatMap((effect) => (effect.type === 'broadcast' ? [inWords(effect.message)] : []))
}

/** A message in words. */
export function inWords(message: AgreementMessage): string {
  const { kind, round } = message
  if (kind === 'polka') return `polka ${round} ${nameOf(message.value.id)}`
  if (kind !== 'proposal') return `${kind} ${round} ${nameOf(message.valueId)}`
  const proof = message.validRound < 0 ? '' : ` of ${message.validRound}`
  return `proposal ${round} ${nameOf(message.value.id)}${proof}`
}

/** The timers among effects, in words such as "propose 0 1000". */
export function timers(effects: readonly AgreementEffect[]): readonly string[] {
  return effects.flatMap((effect) =>
    effect.type === 'timer' ? [`${effect.step} ${effect.round} ${effect.ms}`] : [],
  )
}

/** The last record among effects. */
export function recordOf(effects: readonly AgreementEffect[]): AgreementRecord {
  const persisted = effects.findLast((effect) => effect.type === 'persist')
  if (persisted?.type !== 'persist') throw new RangeError('Nothing was persisted')
  return persisted.record
}

function nameOf(valueId: string | null): string {
  return [a, b].find(({ id }) => id === valueId) === a ? 'a' : valueId === null ? 'nil' : 'b'
}

/** Timeouts of the samples' machines. */
export const timeouts = { proposeMs: 1_000, prevoteMs: 500, precommitMs: 400, growthMs: 100 }

/** The machine of one of four authorities. */
export function machineOf(authority: number, record?: AgreementRecord): Agreement {
  return createAgreement({ sign: () => signature }, { height, authorities: 4, authority, timeouts }, record)
}

/** The machine of authority 3, started. */
export function started(): Agreement {
  const machine = machineOf(3)
  machine.start()
  return machine
}

/** Hands several messages to a machine. */
export function receive(
  machine: Agreement,
  messages: readonly AgreementMessage[],
): readonly AgreementEffect[] {
  return messages.flatMap((message) => machine.receive(message))
}

/** Lets a machine accept the proposal of a round. */
export function accept(machine: Agreement, round: number, value: AgreementValue): readonly AgreementEffect[] {
  return [...machine.receive(proposal(round, value)), ...machine.judged(value.id, true)]
}

/** Brings a machine from one round into the next, without a decision. */
export function nextRound(machine: Agreement, round: number): readonly AgreementEffect[] {
  receive(machine, votes('precommit', [0, 1, 2], round, null))
  return machine.timedOut('precommit', round)
}

/** Authority 3, locked on `a` in round 0 and now in round 1. */
export function locked(): Agreement {
  const machine = started()
  accept(machine, 0, a)
  receive(machine, votes('prevote', [0, 1], 0, a))
  nextRound(machine, 0)
  return machine
}
