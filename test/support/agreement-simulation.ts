import { startHost, type Host, type HostParts } from './agreement-authority.ts'
import { contentOf, createCarrier, createNotary, placeOf, type WireMessage } from './agreement-network.ts'
import { startTraitor, treasons } from './agreement-traitor.ts'
import { createDice, createVirtualTime } from './virtual-time.ts'

export interface Outcome {
  readonly seed: number
  readonly failures: readonly string[]
  /** From the moment on which the network delivers everything to the last honest authority's decision; 0 if before. */
  readonly calmToDecidedMs: number
  /** The last round in which an honest authority decided. */
  readonly rounds: number
  readonly accused: number
}

const LONGEST_MS = 600_000

/** One agreement of honest and faulty authorities on a bad network that becomes good: what went wrong, if anything. */
export function simulateAgreement({
  seed,
  authorities,
  faulty,
}: {
  readonly seed: number
  readonly authorities: number
  readonly faulty: number
}): Outcome {
  const dice = createDice(seed * 1_000 + authorities)
  const time = createVirtualTime()
  const notary = createNotary(authorities)
  const calmMs = dice.pick([0, 5_000, 20_000, 100_000])
  const crashRate = dice.pick([0, 0.01, 0.05])
  const height = dice.between(0, 20)
  const failures: string[] = []
  const stated = new Map<string, string>()
  const accused = new Set<number>()
  const valid = new Set<string>()
  let values = 0

  const all = Array.from({ length: authorities }, (_, index) => index)
  const traitors = new Set([...all].sort(() => dice.between(-1, 1)).slice(0, faulty))

  const carrier = createCarrier(
    { time, dice, deliver: (from, to, message) => participants[to]?.receive(from, message) },
    { authorities, traitors, calmMs },
  )

  /** An honest authority states one thing in one place, whatever it forgot in a crash. */
  function checkHonesty(authority: number, message: WireMessage): void {
    if (message.kind === 'polka' || message.kind === 'decision' || message.authority !== authority) return
    const place = placeOf(message)
    const earlier = stated.get(place) ?? contentOf(message)
    if (earlier !== contentOf(message)) failures.push(`${place} stated twice`)
    stated.set(place, earlier)
  }

  function partsOf(authority: number): HostParts {
    const isHonest = !traitors.has(authority)
    return {
      time,
      dice,
      isGenuine: notary.isGenuine,
      isValid: (valueId) => valid.has(valueId),
      send: (to, message) => {
        if (isHonest) checkHonesty(authority, message)
        carrier.send(authority, to, message)
      },
      crashRate: () => (isHonest && time.nowMs() < calmMs ? crashRate : 0),
      makeValue: () => {
        values += 1
        const id = values.toString(16).padStart(64, '0')
        if (isHonest || dice.chance(0.7)) valid.add(id)
        return { id, payload: new Uint8Array(0) }
      },
      sign: notary.sign,
      accuse: ({ first }) => {
        accused.add(first.authority)
        if (!traitors.has(first.authority)) failures.push(`${placeOf(first)} accused, but honest`)
      },
    }
  }

  const honest: Host[] = []
  const participants: readonly Pick<Host, 'receive'>[] = all.map((authority) => {
    const place = { height, authorities, authority, peers: all.filter((other) => other !== authority) }
    if (traitors.has(authority)) return startTraitor(dice.pick(treasons), partsOf(authority), place)
    const host = startHost(partsOf(authority), place)
    honest.push(host)
    return host
  })

  time.run(calmMs + LONGEST_MS, () => honest.every((host) => host.decision() !== undefined))

  const decisions = honest.flatMap((host) => host.decision() ?? [])
  const decided = new Set(decisions.map(({ value }) => value.id))
  if (decisions.length < honest.length) failures.push('not everybody decided')
  if (decided.size > 1) failures.push('different decisions')
  if ([...decided].some((id) => !valid.has(id))) failures.push('an invalid value was decided')
  if (!decisions.every(notary.isGenuine)) failures.push('a decision without a quorum')
  return {
    seed,
    failures,
    calmToDecidedMs: Math.max(0, time.nowMs() - calmMs),
    rounds: Math.max(...decisions.map(({ round }) => round)),
    accused: accused.size,
  }
}
