import { createAgreement } from '../../src/domain/ledger/agreement.ts'
import type { Agreement, AgreementEffect, Equivocation } from '../../src/domain/ledger/agreement-host.ts'
import type {
  AgreementMessage,
  AgreementValue,
  UnsignedStatement,
} from '../../src/domain/ledger/agreement-message.ts'
import type { AgreementRecord } from '../../src/domain/ledger/agreement-record.ts'
import type { DecisionMessage, WireMessage } from './agreement-network.ts'
import type { Dice, VirtualTime } from './virtual-time.ts'

const timeouts = { proposeMs: 1_000, prevoteMs: 500, precommitMs: 500, growthMs: 300 }
const REPEAT_MS = 1_000

/** What a host of the agreement runs on. */
export interface HostParts {
  readonly time: VirtualTime
  readonly dice: Dice
  readonly sign: (statement: UnsignedStatement) => Uint8Array
  readonly isGenuine: (message: WireMessage) => boolean
  readonly isValid: (valueId: string) => boolean
  readonly makeValue: () => AgreementValue
  readonly send: (to: number, message: WireMessage) => void
  readonly accuse: (evidence: Equivocation) => void
  /** How likely it is, at this moment, that the host crashes between two effects. */
  readonly crashRate: () => number
}

export interface Host {
  receive(from: number, message: WireMessage): void
  decision(): DecisionMessage | undefined
}

/** An authority that does what the machine says, and may crash: what it keeps then are its last record and its decision. */
export function startHost(
  parts: HostParts,
  {
    height,
    authorities,
    authority,
    peers,
  }: { height: number; authorities: number; authority: number; peers: readonly number[] },
): Host {
  const { time, dice, sign, send } = parts
  let stored: AgreementRecord | undefined
  let decision: DecisionMessage | undefined
  let machine: Agreement | undefined
  /** Counts lives: what was planned in an earlier one doesn't happen. */
  let life = 0

  function boot(): void {
    machine = createAgreement({ sign }, { height, authorities, authority, timeouts }, stored)
    const { start } = machine
    inThisLife(dice.between(0, 3_000), () => perform(start()))
    repeat()
  }

  function crash(): void {
    machine = undefined
    life += 1
    inThisLife(dice.between(100, 15_000), boot)
  }

  function inThisLife(ms: number, event: () => void): void {
    const planned = life
    time.after(ms, () => {
      if (life === planned && decision === undefined) event()
    })
  }

  function repeat(): void {
    for (const message of machine?.repeat() ?? []) broadcast(message)
    inThisLife(REPEAT_MS, repeat)
  }

  function broadcast(message: AgreementMessage): void {
    for (const peer of peers) send(peer, message)
  }

  function perform(effects: readonly AgreementEffect[]): void {
    const now = life
    for (const effect of effects) {
      if (dice.chance(parts.crashRate())) crash()
      if (life !== now) return
      performOne(effect)
    }
  }

  function performOne(effect: AgreementEffect): void {
    switch (effect.type) {
      case 'persist':
        stored = effect.record
        break
      case 'broadcast':
        broadcast(effect.message)
        break
      case 'timer':
        inThisLife(effect.ms, () => perform(machine?.timedOut(effect.step, effect.round) ?? []))
        break
      case 'value-wanted':
        inThisLife(dice.between(0, 50), () =>
          perform(machine?.propose(effect.round, parts.makeValue()) ?? []),
        )
        break
      case 'judge':
        inThisLife(dice.chance(0.05) ? 3_000 : dice.between(0, 50), () =>
          perform(machine?.judged(effect.value.id, parts.isValid(effect.value.id)) ?? []),
        )
        break
      case 'decided': {
        const { value, round, precommits } = effect
        decision = { kind: 'decision', value, round, precommits }
        break
      }
      case 'equivocation':
        parts.accuse(effect.evidence)
    }
  }

  boot()
  return {
    receive: (from, message) => {
      if (!parts.isGenuine(message)) return
      if (decision !== undefined) {
        if (message.kind !== 'decision') send(from, decision)
      } else if (message.kind === 'decision') decision = message
      else perform(machine?.receive(message) ?? [])
    },
    decision: () => decision,
  }
}
