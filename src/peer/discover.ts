import type { ContextHash } from '../domain/content/context-hash.ts'
import { signedPartOf } from '../domain/content/descriptor-codec.ts'
import type { SignedDescriptor } from '../domain/content/descriptor.ts'
import { accountToPeerId, type PeerId } from '../domain/identity/account.ts'
import { LoremeshError, toLoremeshError } from '../domain/kernel/errors.ts'
import { quantizeVector, type SpaceId } from '../domain/retrieval/embedding.ts'
import type { Clock } from '../ports/clock.ts'
import type { ContextRouting } from '../ports/context-routing.ts'
import type { Network, NetworkState } from '../ports/network.ts'
import type { Randomness } from '../ports/randomness.ts'
import type { SignatureVerifier } from '../ports/signature-verifier.ts'
import type { Catalogue } from './catalogue.ts'
import type { AskTrouble } from './peer.ts'
import type { Query } from './query.ts'
import { shuffle } from './shuffle.ts'

/** A context that somebody else holds. */
export interface Candidate {
  /** As the first of the offers describes it. */
  readonly descriptor: SignedDescriptor
  readonly snippet: string
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
}

interface Discovery {
  readonly candidates: readonly Candidate[]
  readonly askedPeers: number
  readonly troubles: readonly AskTrouble[]
}

/** Peers that one question is sent to. */
const MAX_ASKED_PEERS = 8
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
    readonly network: Network
    readonly networkState: () => NetworkState
    readonly routing: ContextRouting
    readonly catalogue: Pick<Catalogue, 'search'>
    readonly signatureVerifier: SignatureVerifier
    readonly clock: Pick<Clock, 'deadline' | 'sleep'>
    readonly randomness: Randomness
  },
  options: { readonly space: SpaceId; readonly isHeld: (contextHash: ContextHash) => boolean },
): Discoverer {
  const { self, network, networkState, routing, catalogue, signatureVerifier, clock, randomness } = components

  /** Peers worth asking: connected ones and those that the tracker lists; at random when there are too many. */
  async function choosePeers(troubles: AskTrouble[], signal?: AbortSignal): Promise<readonly Provider[]> {
    const peers = new Map<PeerId, Provider>()
    for (const link of networkState().links) {
      if (!link.isServer) peers.set(link.peerId, { peerId: link.peerId, addresses: [] })
    }
    try {
      const listed = await routing.listPeers(MAX_ASKED_PEERS * 4, clock.deadline(TRACKER_TIMEOUT_MS, signal))
      for (const { peerId, addresses } of listed) {
        if (peerId !== self) peers.set(peerId, { peerId, addresses })
      }
    } catch (error) {
      signal?.throwIfAborted()
      if (peers.size === 0) troubles.push(toTrouble(null, error))
    }
    return shuffle([...peers.values()], randomness).slice(0, MAX_ASKED_PEERS)
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
    const genuine = await signatureVerifier.verify(hits.map(({ descriptor }) => signedPartOf(descriptor)))
    if (!genuine)
      throw new LoremeshError('bad-signature', 'The peer offered something in the name of another')
    return hits.map(({ descriptor, snippet }) => ({ provider, descriptor, snippet }))
  }

  /**
   * Offers of contexts that were announced and that nobody among the asked peers may have. A provider's own description
   * stands for its offer; the newest one of others only where there is none.
   */
  async function lookUpAnnounced(query: Query, signal?: AbortSignal): Promise<readonly Offer[]> {
    const announced = await catalogue.search(query, MAX_LOOKUPS * 4)
    const wanted = announced
      .flatMap(([newest, ...older]) => (newest === undefined ? [] : [{ newest, older }]))
      .filter(({ newest }) => !options.isHeld(newest.descriptor.contextHash))
      .slice(0, MAX_LOOKUPS)
    const deadline = clock.deadline(TRACKER_TIMEOUT_MS, signal)
    const lookups = wanted.map(async ({ newest, older }) => {
      const providers = await routing.findProviders(newest.descriptor.contextHash, deadline)
      return providers
        .filter(({ peerId }) => peerId !== self)
        .map((provider): Offer => {
          const isOwn = ({ descriptor }: SignedDescriptor) =>
            accountToPeerId(descriptor.author) === provider.peerId
          const descriptor = older.find(isOwn) ?? newest
          return { provider, descriptor, snippet: descriptor.descriptor.description }
        })
    })
    const found = await Promise.allSettled(lookups)
    return found.flatMap((lookup) => (lookup.status === 'fulfilled' ? lookup.value : []))
  }

  return {
    async discover(query, { limit, signal, onAsking }) {
      const troubles: AskTrouble[] = []
      const offers: Offer[] = []
      const peers = await choosePeers(troubles, signal)
      onAsking?.(peers.length)
      const answers = peers.map(async (peer) => {
        try {
          offers.push(...(await askPeer(peer, query, limit, signal)))
        } catch (error) {
          troubles.push(toTrouble(peer.peerId, error))
        }
      })
      const announced = lookUpAnnounced(query, signal)
      const all = Promise.all(answers)
      await Promise.race([all, clock.sleep(PATIENCE_MS, signal)])
      if (offers.length === 0) await Promise.race([all, clock.sleep(SEARCH_TIMEOUT_MS, signal)])
      offers.push(...(await announced))
      signal?.throwIfAborted()
      return {
        candidates: toCandidates(offers, randomness),
        askedPeers: peers.length,
        troubles: [...troubles],
      }
    },
  }
}

/** One candidate a context, its offers in random order. */
function toCandidates(offers: readonly Offer[], randomness: Randomness): readonly Candidate[] {
  const byContext = new Map<ContextHash, Offer[]>()
  for (const offer of offers) {
    const { contextHash } = offer.descriptor.descriptor
    const known = byContext.get(contextHash) ?? []
    if (known.every(({ provider }) => provider.peerId !== offer.provider.peerId)) known.push(offer)
    byContext.set(contextHash, known)
  }
  return [...byContext.values()].flatMap((found): Candidate[] => {
    const shuffled = shuffle(found, randomness)
    const [first] = shuffled
    return first === undefined
      ? []
      : [{ descriptor: first.descriptor, snippet: first.snippet, offers: shuffled }]
  })
}

/** What went wrong, in the form in which answers report it. */
export function toTrouble(provider: PeerId | null, error: unknown): AskTrouble {
  const { code, message, hint } = toLoremeshError(error)
  return { provider, code, message, hint }
}
