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

/** Carries messages between authorities: badly until `calmMs`, then within 100 ms and without loss. */
export interface Carrier {
  send(from: number, to: number, message: WireMessage): void
}

/** A carrier that hands messages to `deliver`. */
export function createCarrier(
  {
    time,
    dice,
    deliver,
  }: { time: VirtualTime; dice: Dice; deliver: (from: number, to: number, message: WireMessage) => void },
  { authorities, calmMs }: { authorities: number; calmMs: number },
): Carrier {
  const lossRate = dice.pick([0, 0.1, 0.4])
  const slowestMs = dice.pick([100, 800, 5_000])
  /** The side on which each authority is; messages pass only within a side. */
  let sides = Array.from({ length: authorities }, () => 0)
  function repartition(): void {
    if (time.nowMs() >= calmMs) return
    const count = dice.pick([1, 1, 2, 3])
    sides = sides.map(() => dice.between(1, count))
    time.after(dice.between(500, 8_000), repartition)
  }
  repartition()

  return {
    send: (from, to, message) => {
      const isCalm = time.nowMs() >= calmMs
      if (!isCalm && (sides[from] !== sides[to] || dice.chance(lossRate))) return
      const copies = dice.chance(0.05) ? 2 : 1
      for (let copy = 0; copy < copies; copy++) {
        time.after(dice.between(5, isCalm ? 100 : slowestMs), () => deliver(from, to, message))
      }
    },
  }
}
