import { createAgreement } from '../../src/domain/ledger/agreement.ts'
import type { Agreement, AgreementEffect } from '../../src/domain/ledger/agreement-host.ts'
import type {
  AgreementMessage,
  AgreementValue,
  Polka,
  Statement,
  UnsignedStatement,
} from '../../src/domain/ledger/agreement-message.ts'
import type { AgreementRecord } from '../../src/domain/ledger/agreement-record.ts'
import { createDice } from './virtual-time.ts'

/** What an honest authority decided and stated, however messages and timers came. */
export interface ChaosOutcome {
  readonly decisions: readonly string[]
  /** Places, as authority, kind and round, in which an honest authority stated two things. */
  readonly contradictions: readonly string[]
}

interface Authority {
  machine: Agreement
  stored: AgreementRecord | undefined
  decision: string | undefined
  /** What was sent to it and has not arrived. */
  inbox: AgreementMessage[]
  /** What its host has to do some time: timers, judgements, values. */
  tasks: (() => readonly AgreementEffect[])[]
  /** Authors and kinds of messages that don't arrive for now. */
  isDeafTo: (message: AgreementMessage) => boolean
}

const height = 4
const timeouts = { proposeMs: 1, prevoteMs: 1, precommitMs: 1, growthMs: 0 }
const kinds = ['proposal', 'prevote', 'precommit', 'polka'] as const
const signature = new Uint8Array(0)

/**
 * An agreement in which anything may happen next: any message that was ever sent reaches any authority, any timer runs
 * down, anyone crashes, and traitors state anything to anyone. Safety has to hold even so. Nobody hears of a decision.
 */
export function runChaos(seed: number, authorities: number): ChaosOutcome {
  const dice = createDice(seed)
  const traitors = (authorities - 1) / 3
  const polkas: Polka[] = []
  const values: AgreementValue[] = []
  const stated = new Map<string, string>()
  const contradictions: string[] = []
  /** The longest round so far, for traitors to talk about. */
  let newestRound = 0

  function makeValue(): AgreementValue {
    const value = { id: values.length.toString(16).padStart(64, '0'), payload: new Uint8Array(0) }
    values.push(value)
    return value
  }

  const honest = Array.from({ length: authorities - traitors }, (_, index): Authority => {
    const machine = createMachine(index, undefined)
    const isDeafTo = () => false
    return { machine, stored: undefined, decision: undefined, inbox: [], tasks: [machine.start], isDeafTo }
  })

  function createMachine(authority: number, record: AgreementRecord | undefined): Agreement {
    return createAgreement({ sign: () => signature }, { height, authorities, authority, timeouts }, record)
  }

  /** Does what the machine says; sometimes only a part of it, since the authority crashes. */
  function perform(authority: Authority, effects: readonly AgreementEffect[]): void {
    const until = dice.chance(0.02) ? dice.between(0, effects.length) : effects.length + 1
    for (const effect of effects.slice(0, until)) performOne(authority, effect)
    if (until > effects.length || authority.decision !== undefined) return
    authority.machine = createMachine(honest.indexOf(authority), authority.stored)
    authority.tasks = [authority.machine.start]
  }

  function performOne(authority: Authority, effect: AgreementEffect): void {
    const { machine, tasks } = authority
    function soon(task: () => readonly AgreementEffect[]): void {
      if (dice.chance(0.9)) perform(authority, task())
      else tasks.push(task)
    }
    switch (effect.type) {
      case 'persist':
        authority.stored = effect.record
        newestRound = Math.max(newestRound, effect.record.round)
        break
      case 'broadcast':
        noteStatement(effect.message, honest.indexOf(authority))
        send(effect.message, authority)
        break
      case 'timer':
        tasks.push(() => machine.timedOut(effect.step, effect.round))
        break
      case 'value-wanted':
        soon(() => machine.propose(effect.round, makeValue()))
        break
      case 'judge':
        soon(() => machine.judged(effect.value.id, true))
        break
      case 'decided':
        authority.decision = effect.value.id
        break
      case 'equivocation':
        if (effect.evidence.first.authority < honest.length) contradictions.push('an honest one is accused')
    }
  }

  function send(message: AgreementMessage, author: Authority): void {
    if (message.kind === 'polka') polkas.push(message)
    for (const other of honest) if (other !== author) other.inbox.push(message)
  }

  function noteStatement(message: AgreementMessage, author: number): void {
    if (message.kind === 'polka' || message.authority !== author) return
    const place = `${author} ${message.kind} ${message.round}`
    const content =
      message.kind === 'proposal' ? `${message.value.id} ${message.validRound}` : String(message.valueId)
    if ((stated.get(place) ?? content) !== content) contradictions.push(place)
    stated.set(place, content)
  }

  /** A statement of a traitor, about what is going on. */
  function betray({ stored }: Authority): Statement {
    const authority = dice.between(honest.length, authorities - 1)
    const round = dice.chance(0.7) ? (stored?.round ?? 0) : newestRound
    const value = dice.chance(0.9) && values.length > 0 ? dice.pick(values.slice(-3)) : makeValue()
    const polka = polkas.findLast((shown) => shown.round < round)
    let statement: UnsignedStatement
    if ((height + round) % authorities !== authority || dice.chance(0.3)) {
      const favourite = stored?.sent.findLast(({ kind }) => kind === 'prevote')
      const flattering = favourite?.kind === 'prevote' ? favourite.valueId : null
      const valueId = dice.chance(0.7) && flattering !== null ? flattering : value.id
      statement = { kind: dice.pick(['prevote', 'precommit']), height, round, valueId, authority }
    } else if (polka !== undefined && dice.chance(0.3)) {
      statement = { ...polka, kind: 'proposal', round, validRound: polka.round, authority }
    } else {
      statement = { kind: 'proposal', height, round, value, validRound: -1, prevotes: [], authority }
    }
    return { ...statement, signature }
  }

  function change(authority: Authority): void {
    const deafTo = new Set(
      honest
        .flatMap((_, index) => kinds.map((kind) => `${index} ${kind}`))
        .filter(() => dice.chance(deafness)),
    )
    authority.isDeafTo = (message) =>
      deafTo.has(message.kind === 'polka' ? `0 polka` : `${message.authority} ${message.kind}`)
  }

  const deafness = dice.pick([0, 0.3, 0.5])
  for (let step = 0; step < 300 * authorities; step++) {
    const authority = dice.pick(honest)
    if (authority.decision !== undefined) continue
    const { machine, inbox, tasks } = authority
    const what = dice.between(0, 99)
    if (what < 78) {
      const at = inbox.findIndex((message) => !authority.isDeafTo(message) && dice.chance(0.7))
      const [message] = at < 0 ? [] : inbox.splice(at, 1)
      if (message !== undefined) perform(authority, machine.receive(message))
    } else if (what < 84) {
      const [task] = tasks.splice(dice.between(0, tasks.length - 1), 1)
      if (task !== undefined) perform(authority, task())
    } else if (what < 95) perform(authority, machine.receive(betray(authority)))
    else if (what < 97) for (const message of machine.repeat()) send(message, authority)
    else change(authority)
  }
  return { decisions: honest.flatMap(({ decision }) => decision ?? []), contradictions }
}
