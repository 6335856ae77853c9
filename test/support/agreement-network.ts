import { quorumOf } from '../../src/domain/ledger/genesis.ts'
import type {
  AgreementMessage,
  AgreementValue,
  UnsignedStatement,
} from '../../src/domain/ledger/agreement-message.ts'
import type { Vote } from '../../src/domain/ledger/vote.ts'
import type { Dice, VirtualTime } from './virtual-time.ts'

/** What a host of a decided agreement answers with. */
export interface DecisionMessage {
  readonly kind: 'decision'
  readonly value: AgreementValue
  readonly round: number
  readonly precommits: readonly Vote[]
}

export type WireMessage = AgreementMessage | DecisionMessage

/** Knows who signed what, so that the simulation needs no cryptography: nobody can hand in what was not signed. */
export interface Notary {
  sign(statement: UnsignedStatement): Uint8Array
  isGenuine(message: WireMessage): boolean
}

const noSignature = new Uint8Array(0)

/** A notary for `authorities` authorities. */
export function createNotary(authorities: number): Notary {
  const signed = new Set<string>()
  const quorum = quorumOf({ authorities: Array.from({ length: authorities }) })

  function isQuorum(
    kind: 'prevote' | 'precommit',
    round: number,
    valueId: string,
    votes: readonly Vote[],
  ): boolean {
    const voters = votes.filter(({ authority }) => signed.has(`${authority} ${kind} ${round} ${valueId}`))
    return new Set(voters.map(({ authority }) => authority)).size === votes.length && votes.length >= quorum
  }

  return {
    sign: (statement) => {
      signed.add(placeOf(statement) + contentOf(statement))
      return noSignature
    },
    isGenuine: (message) => {
      if (message.kind === 'decision') {
        return isQuorum('precommit', message.round, message.value.id, message.precommits)
      }
      if (message.kind === 'polka')
        return isQuorum('prevote', message.round, message.value.id, message.prevotes)
      if (!signed.has(placeOf(message) + contentOf(message))) return false
      if (message.kind !== 'proposal' || message.validRound < 0) return true
      return isQuorum('prevote', message.validRound, message.value.id, message.prevotes)
    },
  }
}

/** Who states what in which round: an honest authority does it once. */
export function placeOf({ authority, kind, round }: UnsignedStatement): string {
  return `${authority} ${kind} ${round} `
}

/** What is stated there. */
export function contentOf(statement: UnsignedStatement): string {
  if (statement.kind !== 'proposal') return String(statement.valueId)
  return `${statement.value.id} ${statement.validRound}`
}

/** Carries messages between authorities. */
export interface Carrier {
  send(from: number, to: number, message: WireMessage): void
}

export interface Weather {
  readonly authorities: number
  /** Their messages always arrive at once, and those to them. */
  readonly traitors: ReadonlySet<number>
  /** From this moment on nothing is lost, and nothing takes longer than the same time. */
  readonly calmMs: number
}

/** A carrier that loses, delays and repeats messages and splits the network until it is calm. */
export function createCarrier(
  { time, dice, deliver }: { time: VirtualTime; dice: Dice; deliver: Carrier['send'] },
  { authorities, traitors, calmMs }: Weather,
): Carrier {
  const lossRate = dice.pick([0, 0.2, 0.6])
  const slowestMs = dice.pick([100, 800, 5_000])
  const calmSlowestMs = dice.pick([100, 1_500])
  const longestSplitMs = dice.pick([2_000, 20_000])
  const deafness = dice.pick([0, 0.3, 0.6])
  /** The side on which each authority is; messages pass only within a side. */
  let sides: readonly number[] = Array.from({ length: authorities }, () => 0)
  /** Who doesn't get which kind of message from whom. */
  const deaf = new Map<string, boolean>()

  function split(): void {
    if (time.nowMs() >= calmMs) return
    const count = dice.pick([1, 2, 3])
    sides = sides.map(() => dice.between(1, count))
    deaf.clear()
    time.after(dice.between(500, longestSplitMs), split)
  }

  function isDeaf(from: number, to: number, kind: WireMessage['kind']): boolean {
    const link = `${from} ${to} ${kind}`
    const known = deaf.get(link) ?? dice.chance(deafness)
    deaf.set(link, known)
    return known
  }

  /** How long a message takes; undefined for one that is lost. */
  function delayMs(from: number, to: number, kind: WireMessage['kind']): number | undefined {
    if (traitors.has(from) || traitors.has(to)) return dice.between(1, 20)
    if (time.nowMs() >= calmMs) return dice.between(5, calmSlowestMs)
    const isLost = sides[from] !== sides[to] || dice.chance(lossRate) || isDeaf(from, to, kind)
    return isLost ? undefined : dice.between(5, slowestMs)
  }

  split()
  return {
    send: (from, to, message) => {
      const copies = dice.chance(0.05) ? 2 : 1
      for (let copy = 0; copy < copies; copy++) {
        const ms = delayMs(from, to, message.kind)
        if (ms !== undefined) time.after(ms, () => deliver(from, to, message))
      }
    },
  }
}
