import type { ContextHash } from '../domain/content/context-hash.ts'
import { signedPartOf } from '../domain/content/descriptor-codec.ts'
import type { SignedDescriptor } from '../domain/content/descriptor.ts'
import { drawProviders } from '../domain/economy/provider-choice.ts'
import { accountToPeerId, type PeerId } from '../domain/identity/account.ts'
import { LoremeshError, toLoremeshError } from '../domain/kernel/errors.ts'
import { choosePeers, MAX_ASKED_PEERS } from '../domain/network/fan-out.ts'
import { quantizeVector, type SpaceId } from '../domain/retrieval/embedding.ts'
import { questionTerms, type TermCounts } from '../domain/retrieval/term-counts.ts'
import type { Clock } from '../ports/clock.ts'
import type { ContextRouting } from '../ports/context-routing.ts'
import type { Network, NetworkState } from '../ports/network.ts'
import type { Randomness } from '../ports/randomness.ts'
import type { SignatureVerifier } from '../ports/signature-verifier.ts'
import type { Catalogue } from './catalogue.ts'
import type { AskTrouble } from './peer.ts'
import type { Query } from './query.ts'
import type { ProviderStandings } from './provider-standings.ts'
import { randomFraction } from './random-fraction.ts'

/** A context that somebody else holds, as one of the offers describes it. */
export interface Candidate extends Pick<Offer, 'descriptor' | 'snippet' | 'termCounts'> {
  /** In the order in which they are to be tried. */
  readonly offers: readonly Offer[]
}

export interface Provider {
  readonly peerId: PeerId
  readonly addresses: readonly string[]
}

/** One provider's offer of a context, in its own words: another one may say something else about the same context. */
export interface Offer {
  readonly provider: Provider
  readonly descriptor: SignedDescriptor
  readonly snippet: string
  /** How often the text has each of the question's terms; null where it is only known from an announcement. */
  readonly termCounts: TermCounts | null
}

interface Discovery {
  readonly candidates: readonly Candidate[]
  readonly askedPeers: number
  readonly troubles: readonly AskTrouble[]
}

const SEARCH_TIMEOUT_MS = 5_000
/** Those who take longer than this are not waited for, if somebody else has something. */
const PATIENCE_MS = 1_500
const TRACKER_TIMEOUT_MS = 3_000
/** Announced contexts whose providers are looked up for one question. */
const MAX_LOOKUPS = 8

/** Finds out what others offer for a question. */
export interface Discoverer {
  discover(
    query: Query,
    options: {
      /** Hits wanted of each peer. */
      readonly limit: number
      readonly signal?: AbortSignal
      readonly onAsking?: (peers: number) => void
    },
  ): Promise<Discovery>
}

/**
 * Creates what asks peers that share something, and looks up who provides contexts that were announced earlier. `isHeld`
 * says what need not be found.
 */
export function createDiscoverer(
  components: {
    readonly self: PeerId
    readonly network: Pick<Network, 'connect' | 'search'>
    readonly networkState: () => NetworkState
    readonly routing: Pick<ContextRouting, 'findProviders' | 'listPeers'>
    readonly catalogue: Pick<Catalogue, 'has' | 'search'>
    readonly standings: Pick<ProviderStandings, 'of'>
    readonly signatureVerifier: SignatureVerifier
    readonly clock: Pick<Clock, 'deadline' | 'sleep'>
    readonly randomness: Randomness
  },
  options: { readonly space: SpaceId; readonly isHeld: (contextHash: ContextHash) => boolean },
): Discoverer {
  const { self, network, networkState, routing, catalogue } = components
  const { standings, signatureVerifier, clock, randomness } = components

  function linkedPeers(): readonly Provider[] {
    const peers = networkState().links.filter(({ isServer }) => !isServer)
    return peers.map(({ peerId }) => ({ peerId, addresses: [] }))
  }

  /** Peers that are linked or that the tracker lists. */
  async function reachablePeers(
    deadline: AbortSignal,
    troubles: AskTrouble[],
    signal?: AbortSignal,
  ): Promise<readonly Provider[]> {
    const linked = linkedPeers()
    try {
      const listed = await routing.listPeers(MAX_ASKED_PEERS * 4, deadline)
      const others = listed.filter(({ peerId }) => peerId !== self)
      return [...new Map([...linked, ...others].map((peer) => [peer.peerId, peer])).values()]
    } catch (error) {
      signal?.throwIfAborted()
      if (linked.length === 0) troubles.push(toTrouble(null, error))
      return linked
    }
  }

  async function askPeer(
    provider: Provider,
    { question, tags, vector }: Query,
    limit: number,
    signal?: AbortSignal,
  ): Promise<readonly Offer[]> {
    const deadline = clock.deadline(SEARCH_TIMEOUT_MS, signal)
    await network.connect(provider.peerId, provider.addresses, deadline)
    const quantized = vector === null ? null : quantizeVector(options.space, vector)
    const request = { question, tags, vector: quantized, limit }
    const hits = (await network.search(provider.peerId, request, deadline)).slice(0, limit)
    const terms = questionTerms(question)
    if (hits.some(({ termCounts }) => termCounts.length !== terms.length)) {
      throw new LoremeshError('bad-input', 'The peer counted other words than those of the question')
    }
    const unknown = hits
      .map(({ descriptor }) => descriptor)
      .filter((descriptor) => !catalogue.has(descriptor))
    const genuine = await signatureVerifier.verify(unknown.map(signedPartOf))
    if (!genuine)
      throw new LoremeshError('bad-signature', 'The peer offered something in the name of another')
    return hits.map((hit) => ({ provider, ...hit }))
  }

  /** Whether a peer lately delivered what it was said to have, as far as is known. */
  const isReliable = ({ peerId }: Provider): boolean => standings.of(peerId).misses === 0

  /** Those who are linked and announced a context. */
  function linkedAnnouncers(announced: readonly SignedDescriptor[]): readonly Provider[] {
    const authors = announced.map(({ descriptor }) => accountToPeerId(descriptor.author))
    return linkedPeers().filter(({ peerId }) => authors.includes(peerId))
  }

  /**
   * Offers of an announced context by these providers. A provider's own description stands for its offer; the newest one of
   * others only where there is none.
   */
  function toOffers(
    announced: readonly SignedDescriptor[],
    providers: readonly Provider[],
  ): readonly Offer[] {
    return providers.flatMap((provider): readonly Offer[] => {
      const isOwn = ({ descriptor }: SignedDescriptor): boolean =>
        accountToPeerId(descriptor.author) === provider.peerId
      const descriptor = announced.find(isOwn) ?? announced[0]
      if (descriptor === undefined || provider.peerId === self) return []
      return [{ provider, descriptor, snippet: descriptor.descriptor.description, termCounts: null }]
    })
  }

  /** Offers of an announced context by whoever is found to provide it, or by linked peers where nobody is. */
  async function lookUp(
    announced: readonly SignedDescriptor[],
    deadline: AbortSignal,
  ): Promise<readonly Offer[]> {
    const [newest] = announced
    if (newest === undefined) return []
    const found = await routing.findProviders(newest.descriptor.contextHash, deadline).catch(() => [])
    return toOffers(announced, found.length > 0 ? found : linkedAnnouncers(announced))
  }

  /** Contexts that were announced, which those who are asked may not have, the best fitting first. */
  async function findAnnounced(query: Query): Promise<readonly (readonly SignedDescriptor[])[]> {
    const announced = await catalogue.search(query, MAX_LOOKUPS * 4)
    return announced
      .filter(([newest]) => newest !== undefined && !options.isHeld(newest.descriptor.contextHash))
      .slice(0, MAX_LOOKUPS)
  }

  /**
   * Offers of each announced context, by those who announced it and are linked; others are looked up, for which everybody
   * who is linked is asked, and the tracker and the DHT besides.
   */
  function offersOf(
    announced: readonly (readonly SignedDescriptor[])[],
    deadline: AbortSignal,
  ): Promise<readonly (readonly Offer[])[]> {
    return Promise.all(
      announced.map(async (said) => {
        const linked = linkedAnnouncers(said).filter(isReliable)
        return linked.length > 0 ? toOffers(said, linked) : lookUp(said, deadline)
      }),
    )
  }

  /**
   * Offers of announced contexts by others, where a linked peer announced one and nobody who was asked has it. Who offers as
   * much as was asked for, `limit`, may have it all the same.
   */
  async function lookUpMissing(
    announced: readonly (readonly SignedDescriptor[])[],
    { offers, limit }: { readonly offers: readonly Offer[]; readonly limit: number },
    signal?: AbortSignal,
  ): Promise<readonly Offer[]> {
    const offered = new Set(offers.map(({ descriptor }) => descriptor.descriptor.contextHash))
    const hasMore = ({ peerId }: Provider): boolean =>
      offers.filter(({ provider }) => provider.peerId === peerId).length >= limit
    const missing = announced
      .filter(([newest]) => newest !== undefined && !offered.has(newest.descriptor.contextHash))
      .filter((said) => {
        const linked = linkedAnnouncers(said).filter(isReliable)
        return linked.length > 0 && !linked.some(hasMore)
      })
    if (missing.length === 0) return []
    const deadline = clock.deadline(PATIENCE_MS, signal)
    return (await Promise.all(missing.map((said) => lookUp(said, deadline)))).flat()
  }

  const random = () => randomFraction(randomness)

  /** What is offered, in the order in which those who offer it are drawn, without those who may not earn. */
  function draw<T>(offered: readonly T[], peerIdOf: (item: T) => PeerId): readonly T[] {
    const known = offered.map((item) => [item, standings.of(peerIdOf(item))] as const)
    return drawProviders(known, random)
  }

  /**
   * One candidate a context, its offers in the order in which their providers are drawn, first those who counted the
   * question's terms in it, for the others are only recorded to have it; none of those who may not earn. It is as the first
   * offer describes it.
   */
  function toCandidates(offers: readonly Offer[]): readonly Candidate[] {
    const byContext = new Map<ContextHash, Offer[]>()
    for (const offer of offers) {
      const { contextHash } = offer.descriptor.descriptor
      const known = byContext.get(contextHash) ?? []
      if (known.every(({ provider }) => provider.peerId !== offer.provider.peerId)) known.push(offer)
      byContext.set(contextHash, known)
    }
    return [...byContext.values()].flatMap((found): Candidate[] => {
      const drawn = draw(found, ({ provider }) => provider.peerId)
      const answered = drawn.filter(({ termCounts }) => termCounts !== null)
      const recorded = drawn.filter(({ termCounts }) => termCounts === null)
      const ordered = [...answered, ...recorded]
      const [first] = ordered
      if (first === undefined) return []
      const { descriptor, snippet, termCounts } = first
      return [{ descriptor, snippet, termCounts, offers: ordered }]
    })
  }

  return {
    async discover(query, { limit, signal, onAsking }) {
      const troubles: AskTrouble[] = []
      const offers: Offer[] = []
      const trackerMs = linkedPeers().length > 0 ? PATIENCE_MS : TRACKER_TIMEOUT_MS
      const deadline = clock.deadline(trackerMs, signal)
      const announced = await findAnnounced(query)
      const [recorded, reachable] = await Promise.all([
        offersOf(announced, deadline),
        reachablePeers(deadline, troubles, signal),
      ])
      const providers = recorded.map((offered) => offered.map(({ provider }) => provider))
      const peers = choosePeers(providers, reachable, {
        draw: (offering) => draw(offering, ({ peerId }) => peerId),
        random,
      })
      onAsking?.(peers.length)
      const answers = peers.map(async (peer) => {
        try {
          offers.push(...(await askPeer(peer, query, limit, signal)))
        } catch (error) {
          troubles.push(toTrouble(peer.peerId, error))
        }
      })
      const all = Promise.all(answers)
      await Promise.race([all, clock.sleep(PATIENCE_MS, signal)])
      if (offers.length === 0) await Promise.race([all, clock.sleep(SEARCH_TIMEOUT_MS, signal)])
      const missing = await lookUpMissing(announced, { offers, limit }, signal)
      offers.push(...recorded.flat(), ...missing)
      signal?.throwIfAborted()
      return {
        candidates: toCandidates(offers),
        askedPeers: peers.length,
        troubles: [...troubles],
      }
    },
  }
}

/** What went wrong, in the form in which answers report it. */
export function toTrouble(provider: PeerId | null, error: unknown): AskTrouble {
  const { code, message, hint } = toLoremeshError(error)
  return { provider, code, message, hint }
}
