import type {
  AgreementMessage,
  AgreementValue,
  UnsignedStatement,
} from '../../src/domain/ledger/agreement-message.ts'
import type { Statement } from '../../src/domain/ledger/agreement-message.ts'
import { startHost, type Host, type HostParts } from './agreement-authority.ts'

export type Treason = 'silent' | 'two-faced' | 'random' | 'scheming'
export const treasons: readonly Treason[] = ['silent', 'two-faced', 'random', 'scheming', 'scheming']

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
    case 'scheming':
      return startScheming(parts, place)
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

/** What a schemer does in one round. */
interface Scheme {
  /** Who gets its prevote, and its precommit, for whatever value comes up; others get one for none, or nothing. */
  readonly prevoteFor: ReadonlySet<number>
  readonly precommitFor: ReadonlySet<number>
  readonly isNilForOthers: boolean
}

/** Helps values to quorums that only some get to see: so that one locks or decides what others know nothing of. */
function startScheming({ dice, sign, send, makeValue }: HostParts, place: Place): Pick<Host, 'receive'> {
  const { height, authority, authorities, peers } = place
  const schemes = new Map<number, Scheme>()
  const done = new Set<string>()

  function someone(): ReadonlySet<number> {
    const likelihood = dice.pick([0.3, 0.6, 1])
    return new Set(peers.filter(() => dice.chance(likelihood)))
  }

  function tell(peer: number, unsigned: UnsignedStatement): void {
    send(peer, { ...unsigned, signature: sign(unsigned) })
  }

  function schemeOf(round: number): Scheme {
    const known = schemes.get(round)
    if (known !== undefined) return known
    const scheme = { prevoteFor: someone(), precommitFor: someone(), isNilForOthers: dice.chance(0.5) }
    schemes.set(round, scheme)
    if ((height + round) % authorities === authority) proposeTo(someone(), round)
    return scheme
  }

  function proposeTo(some: ReadonlySet<number>, round: number): void {
    const [value, other] = [makeValue(), makeValue()]
    const isSplit = dice.chance(0.3)
    for (const peer of peers) {
      if (!some.has(peer) && !isSplit) continue
      const shown = some.has(peer) ? value : other
      tell(peer, { kind: 'proposal', height, round, value: shown, validRound: -1, prevotes: [], authority })
      support(round, shown.id)
    }
  }

  function support(round: number, valueId: string): void {
    if (done.has(`${round} ${valueId}`)) return
    done.add(`${round} ${valueId}`)
    const { prevoteFor, precommitFor, isNilForOthers } = schemeOf(round)
    for (const peer of peers) {
      const votes = { prevote: prevoteFor.has(peer), precommit: precommitFor.has(peer) }
      for (const kind of ['prevote', 'precommit'] as const) {
        if (votes[kind]) tell(peer, { kind, height, round, valueId, authority })
        else if (isNilForOthers) tell(peer, { kind, height, round, valueId: null, authority })
      }
    }
  }

  return {
    receive: (_, message) => {
      if (message.kind === 'decision' || message.kind === 'polka') return
      schemeOf(message.round)
      const valueId = message.kind === 'proposal' ? message.value.id : message.valueId
      if (valueId !== null) support(message.round, valueId)
    },
  }
}
