import type { ContextHash } from '../domain/content/context-hash.ts'
import { signedPartOf } from '../domain/content/descriptor-codec.ts'
import type { SignedDescriptor } from '../domain/content/descriptor.ts'
import type { PeerId } from '../domain/identity/account.ts'
import { LoremeshError, toLoremeshError } from '../domain/kernel/errors.ts'
import { quantizeVector, type SpaceId } from '../domain/retrieval/embedding.ts'
import type { Clock } from '../ports/clock.ts'
import type { ContextRouting } from '../ports/context-routing.ts'
import type { Network, NetworkState } from '../ports/network.ts'
import type { Randomness } from '../ports/randomness.ts'
import type { SignatureVerifier } from '../ports/signature-verifier.ts'
import type { AskTrouble } from './peer.ts'
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
const TRACKER_TIMEOUT_MS = 3_000

/** Sends questions to peers that share something and gathers what they offer. */
export interface Discoverer {
  discover(
    question: string,
    options: {
      readonly queryVector: Float32Array | null
      readonly space: SpaceId
      readonly tags: readonly string[]
      readonly limit: number
      readonly signal?: AbortSignal
      readonly onAsking?: (peers: number) => void
    },
  ): Promise<Discovery>
}

/** Creates the asking side of search. */
export function createDiscoverer(components: {
  readonly self: PeerId
  readonly network: Network
  readonly networkState: () => NetworkState
  readonly routing: ContextRouting
  readonly signatureVerifier: SignatureVerifier
  readonly clock: Pick<Clock, 'deadline'>
  readonly randomness: Randomness
}): Discoverer {
  const { self, network, networkState, routing, signatureVerifier, clock, randomness } = components

  /** Peers worth asking: connected ones and those that the tracker lists; at random when there are too many. */
  async function choosePeers(troubles: AskTrouble[], signal?: AbortSignal): Promise<readonly Provider[]> {
    const peers = new Map<PeerId, Provider>()
    for (const link of networkState().links) {
      if (!link.isServer) peers.set(link.peerId, { peerId: link.peerId, addresses: [] })
    }
    try {
      const listed = await routing.listPeers(MAX_ASKED_PEERS * 4, clock.deadline(TRACKER_TIMEOUT_MS, signal))
      for (const { peerId, addresses } of listed)
        if (peerId !== self) peers.set(peerId, { peerId, addresses })
    } catch (error) {
      signal?.throwIfAborted()
      if (peers.size === 0) troubles.push(toTrouble(null, error))
    }
    return shuffle([...peers.values()], randomness).slice(0, MAX_ASKED_PEERS)
  }

  return {
    async discover(question, { queryVector, space, tags, limit, signal, onAsking }) {
      const troubles: AskTrouble[] = []
      const peers = await choosePeers(troubles, signal)
      onAsking?.(peers.length)
      const vector = queryVector === null ? null : quantizeVector(space, queryVector)
      const found = new Map<ContextHash, Offer[]>()
      await Promise.all(
        peers.map(async (peer) => {
          try {
            const deadline = clock.deadline(SEARCH_TIMEOUT_MS, signal)
            await network.connect(peer.peerId, peer.addresses, deadline)
            const hits = await network.search(peer.peerId, { question, tags, vector, limit }, deadline)
            const offered = hits.slice(0, limit)
            if (
              !(await signatureVerifier.verify(offered.map(({ descriptor }) => signedPartOf(descriptor))))
            ) {
              throw new LoremeshError('bad-signature', 'The peer offered something in the name of another')
            }
            for (const { descriptor, snippet } of offered) {
              const { contextHash } = descriptor.descriptor
              const offers = found.get(contextHash) ?? []
              offers.push({ provider: peer, descriptor, snippet })
              found.set(contextHash, offers)
            }
          } catch (error) {
            signal?.throwIfAborted()
            troubles.push(toTrouble(peer.peerId, error))
          }
        }),
      )
      const candidates = [...found.values()].flatMap((found): Candidate[] => {
        const offers = shuffle(found, randomness)
        const [first] = offers
        return first === undefined ? [] : [{ descriptor: first.descriptor, snippet: first.snippet, offers }]
      })
      return { candidates, askedPeers: peers.length, troubles }
    },
  }
}

/** What went wrong, in the form in which answers report it. */
export function toTrouble(provider: PeerId | null, error: unknown): AskTrouble {
  const { code, message, hint } = toLoremeshError(error)
  return { provider, code, message, hint }
}
