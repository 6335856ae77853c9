import { accountToPeerId, toAccount, type PeerId } from '../src/domain/identity/account.ts'
import type { ProviderStanding } from '../src/domain/economy/provider-choice.ts'
import { toMicroTokens } from '../src/domain/kernel/micro-tokens.ts'
import type { DhtRole } from '../src/domain/network/dht-role.ts'
import type { LinkFacts } from '../src/domain/network/link-budget.ts'
import type { SeededRandom } from './seeded-random.ts'

/** A direct link, as both of its ends see it. */
export interface SimLink {
  readonly opener: SimNode
  readonly openedAtMs: number
  usedAtMs: number
  bytes: number
}

/** A simulated peer: what it is, and what has become of it so far. */
export interface SimNode {
  readonly peerId: PeerId
  /** Network group of its address. */
  readonly networkGroup: string
  /** Place on a plane whose unit is a second of round trip. */
  readonly x: number
  readonly y: number
  /** Topics that it asks about, and shares contexts of. */
  readonly topics: readonly number[]
  readonly isDirect: boolean
  readonly isThrottled: boolean
  readonly isSparing: boolean
  /** A proven cheat, of whom nobody may buy. */
  readonly isCheat: boolean
  readonly meanSessionMs: number
  isOnline: boolean
  onlineSinceMs: number
  /** When it comes or leaves next. */
  turnsAtMs: number
  /** Contexts that it holds, by topic. */
  readonly contexts: Map<number, Set<number>>
  readonly links: Map<SimNode, SimLink>
  anchors: ReadonlySet<PeerId>
  /** Whom it was linked to when it left: the first whom it dials when it comes back. */
  remembered: readonly SimNode[]
  role: DhtRole
  /** In µT. */
  earned: bigint
  readonly payers: Set<PeerId>
}

const TOPICS = 60
const TOPICS_A_PEER = 3
const NETWORKS = 150
const CONTEXTS_A_PEER = 6
const SHORT_SESSION_MS = 10 * 60_000
const LONG_SESSION_MS = 120 * 60_000

/** A number from 0 to below 1. */
export function fractionOf(random: SeededRandom): number {
  return random.between(0, 2 ** 30 - 1) / 2 ** 30
}

/** Milliseconds until something that happens at random every `meanMs`. */
export function waitingTime(meanMs: number, random: SeededRandom): number {
  return -Math.log(1 - fractionOf(random)) * meanMs
}

/** Low numbers are drawn far more often than high ones. */
function drawPopular(count: number, random: SeededRandom): number {
  return Math.floor(count * fractionOf(random) ** 2)
}

/** Peers as different from one another as real ones; half of them are online. */
export function createNodes(count: number, random: SeededRandom, nowMs: number): readonly SimNode[] {
  return Array.from({ length: count }, (_, number): SimNode => {
    const network = drawPopular(NETWORKS, random)
    const topics = Array.from({ length: TOPICS_A_PEER }, () => drawPopular(TOPICS, random))
    const meanSessionMs = random.chance(0.3) ? LONG_SESSION_MS : SHORT_SESSION_MS
    const contexts = new Map<number, Set<number>>()
    for (let own = 0; own < CONTEXTS_A_PEER; own++) {
      addContext(contexts, topics[own % TOPICS_A_PEER] ?? 0, number * CONTEXTS_A_PEER + own)
    }
    return {
      peerId: accountToPeerId(toAccount(random.bytes(32))),
      networkGroup: `${60 + (network >> 4)}.${network & 15}`,
      x: fractionOf(random) * 0.3,
      y: fractionOf(random) * 0.3,
      topics,
      isDirect: random.chance(0.8),
      isThrottled: random.chance(0.15),
      isSparing: random.chance(0.3),
      isCheat: random.chance(0.02),
      meanSessionMs,
      isOnline: random.chance(0.5),
      onlineSinceMs: nowMs,
      turnsAtMs: nowMs + waitingTime(meanSessionMs, random),
      contexts,
      links: new Map(),
      anchors: new Set(),
      remembered: [],
      role: 'client',
      earned: 0n,
      payers: new Set(),
    }
  })
}

/** Notes that a context of a topic is held. */
export function addContext(contexts: Map<number, Set<number>>, topic: number, context: number): void {
  const known = contexts.get(topic)
  if (known === undefined) contexts.set(topic, new Set([context]))
  else known.add(context)
}

/** Round trip between two peers. */
export function roundTripMs(a: SimNode, b: SimNode): number {
  return 5 + 1_000 * Math.hypot(a.x - b.x, a.y - b.y)
}

/** What is known of a provider to somebody who thinks of buying. */
export function standingOf(provider: SimNode, buyer: SimNode): ProviderStanding {
  return {
    reputation: provider.isCheat ? 0 : 1,
    earned7d: toMicroTokens(provider.earned),
    distinctPayers: provider.payers.size,
    latencyMs: roundTripMs(provider, buyer),
    misses: 0,
  }
}

/** A peer's links as its budget sees them. The first ones that opened make up the mesh. */
export function linkFactsOf(node: SimNode, nowMs: number): readonly LinkFacts[] {
  return [...node.links].map(([other, link], at) => ({
    peerId: other.peerId,
    direction: link.opener === node ? 'outbound' : 'inbound',
    ageMs: nowMs - link.openedAtMs,
    idleMs: nowMs - link.usedAtMs,
    rttMs: roundTripMs(node, other),
    bytes: link.bytes,
    meshTopics: at < 6 ? 2 : 0,
    networkGroup: other.networkGroup,
    isIntroducer: false,
  }))
}
