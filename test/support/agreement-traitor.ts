import type {
  AgreementMessage,
  AgreementValue,
  UnsignedStatement,
} from '../../src/domain/ledger/agreement-message.ts'
import type { Statement } from '../../src/domain/ledger/agreement-message.ts'
import type { WireMessage } from './agreement-network.ts'
import { startHost, type Host, type HostParts } from './agreement-authority.ts'

export type Treason = 'silent' | 'two-faced' | 'random' | 'favouring'
export const treasons: readonly Treason[] = ['silent', 'two-faced', 'random', 'favouring']

interface Place {
  readonly height: number
  readonly authorities: number
  readonly authority: number
  readonly peers: readonly number[]
}

/** A faulty authority. Its only limit is that it can't sign for honest ones. */
export function startTraitor(treason: Treason, parts: HostParts, place: Place): Pick<Host, 'receive'> {
  switch (treason) {
    case 'silent':
      return { receive: () => undefined }
    case 'two-faced':
      return startTwoFaced(parts, place)
    case 'random':
      return startRandom(parts, place)
    case 'favouring':
      return startFavouring(parts, place)
  }
}

/** Is one honest authority to some and another one, with values of its own, to the others; some see both. */
function startTwoFaced(parts: HostParts, place: Place): Pick<Host, 'receive'> {
  const { dice } = parts
  const faces = [0, 1].map(() =>
    startHost(parts, { ...place, peers: place.peers.filter(() => dice.chance(0.6)) }),
  )
  return { receive: (from, message) => faces.forEach((face) => face.receive(from, message)) }
}

/** States this to one and that to another, replays what it saw, and claims to be in far rounds. */
function startRandom({ dice, sign, send, makeValue }: HostParts, place: Place): Pick<Host, 'receive'> {
  const { height, authority, peers } = place
  const seen: AgreementMessage[] = []
  const values: AgreementValue[] = [makeValue()]

  function stateAnything(round: number): Statement {
    const value = dice.chance(0.1) ? makeValue() : dice.pick(values)
    const polkas = seen.filter((message) => message.kind === 'polka')
    const proof = polkas.length > 0 && dice.chance(0.8) ? dice.pick(polkas) : undefined
    if (dice.chance(0.3)) {
      const isProven = proof !== undefined && proof.round < round
      return signed({
        kind: 'proposal',
        height,
        round,
        value: isProven ? proof.value : value,
        validRound: isProven ? proof.round : -1,
        prevotes: isProven ? proof.prevotes : [],
        authority,
      })
    }
    const kind = dice.pick(['prevote', 'precommit'] as const)
    return signed({ kind, height, round, valueId: dice.chance(0.3) ? null : value.id, authority })
  }

  function signed(unsigned: UnsignedStatement): Statement {
    return { ...unsigned, signature: sign(unsigned) }
  }

  return {
    receive: (_, message) => {
      if (message.kind === 'decision') return
      if (dice.chance(0.3)) seen.push(message)
      if ('value' in message && dice.chance(0.3)) values.push(message.value)
      if (!dice.chance(0.5)) return
      const round = message.round + (dice.chance(0.05) ? dice.between(1, 1_000_000) : dice.between(0, 1))
      send(dice.pick(peers), dice.chance(0.2) && seen.length > 0 ? dice.pick(seen) : stateAnything(round))
    },
  }
}

/** Supports every proposal, but shows it to a single authority: the lock of one that no other one understands. */
function startFavouring({ dice, sign, send, makeValue }: HostParts, place: Place): Pick<Host, 'receive'> {
  const { height, authority, authorities, peers } = place
  const done = new Set<string>()

  function tell(peer: number, unsigned: UnsignedStatement): void {
    send(peer, { ...unsigned, signature: sign(unsigned) })
  }

  function support(round: number, valueId: string): void {
    const favourite = dice.pick(peers)
    for (const peer of peers) {
      const support = peer === favourite ? valueId : null
      tell(peer, { kind: 'prevote', height, round, valueId: support, authority })
      tell(peer, { kind: 'precommit', height, round, valueId: dice.chance(0.3) ? support : null, authority })
    }
  }

  /** Proposes one value to just enough others for a quorum, whose prevotes only the favourite gets. */
  function proposeToSome(round: number): void {
    const value = makeValue()
    const few = [...peers].sort(() => dice.between(-1, 1)).slice(0, 2 * Math.floor((authorities - 1) / 3))
    for (const peer of few) {
      tell(peer, { kind: 'proposal', height, round, value, validRound: -1, prevotes: [], authority })
    }
    support(round, value.id)
  }

  return {
    receive: (_, message: WireMessage) => {
      if (message.kind === 'decision' || message.kind === 'polka') return
      const { round } = message
      if ((height + round + 1) % authorities === authority && !done.has(`own ${round + 1}`)) {
        done.add(`own ${round + 1}`)
        proposeToSome(round + 1)
      }
      if (message.kind !== 'proposal' || done.has(`${round}`)) return
      done.add(`${round}`)
      support(round, message.value.id)
    },
  }
}
