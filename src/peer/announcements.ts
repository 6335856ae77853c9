import {
  MAX_DESCRIPTORS_ASKED,
  MAX_LISTED_CONTEXTS,
  type AnnouncedContexts,
} from '../domain/content/announced-contexts.ts'
import type { ContextHash } from '../domain/content/context-hash.ts'
import type { SignedDescriptor } from '../domain/content/descriptor.ts'
import { peerIdToAccount, type PeerId } from '../domain/identity/account.ts'
import type { Identity } from '../domain/identity/identity.ts'
import { bytesEqual } from '../domain/kernel/bytes.ts'
import { LoremeshError } from '../domain/kernel/errors.ts'
import type { Clock } from '../ports/clock.ts'
import type { SharedContext } from '../ports/context-routing.ts'
import type { ContextStore } from '../ports/context-store.ts'
import type { Network, NetworkHandlers, NetworkState } from '../ports/network.ts'
import type { Randomness } from '../ports/randomness.ts'
import type { SignatureVerifier } from '../ports/signature-verifier.ts'
import type { Catalogue } from './catalogue.ts'
import { judgeDescriptors } from './judge-descriptors.ts'
import { randomFraction } from './random-fraction.ts'

/** Own contexts in a list; the rest of it is for those who are linked here. */
const MAX_OWN_LISTED = 1_024
/** For all that is learnt from one peer; the rest comes in another round. */
const LEARN_TIMEOUT_MS = 20_000
/** Gossip that was lost on its way is learnt of after this time or a few such times. */
const REPEAT_MS = 120_000

/** What was announced before somebody came: told to those who come, and learnt of those who were here. */
export interface Announcements extends Pick<NetworkHandlers, 'onAnnounced' | 'onDescriptors'> {
  /** Learns soon what a peer that has just been linked, and those that it is linked with, share. */
  learnFrom(peerId: PeerId): void
  stop(): void
}

/**
 * Creates it. Told is what is offered here now, and what peers announced, however long ago, that are linked here now. Peers
 * are learnt from one after another, so that what all of them know is loaded once, and after that any linked one every two
 * minutes.
 */
export function createAnnouncements(
  components: {
    readonly identity: Pick<Identity, 'account' | 'peerId'>
    readonly network: Pick<Network, 'listAnnounced' | 'getDescriptors'>
    readonly networkState: () => NetworkState
    readonly contextStore: Pick<ContextStore, 'getDescriptors'>
    readonly catalogue: Pick<Catalogue, 'contextsOf' | 'countOf' | 'descriptorsOf' | 'learn' | 'missing'>
    readonly signatureVerifier: SignatureVerifier
    readonly clock: Pick<Clock, 'abortable' | 'deadline' | 'every' | 'nowMs'>
    readonly randomness: Randomness
  },
  options: { readonly offeredContexts: () => Promise<readonly Pick<SharedContext, 'contextHash'>[]> },
): Announcements {
  const { identity, network, networkState, contextStore, catalogue, clock, randomness } = components
  const waiting = new Set<PeerId>()
  const stopped = clock.abortable()
  let learning: Promise<void> | undefined

  const linkedPeers = (): readonly PeerId[] =>
    networkState().links.flatMap(({ peerId, isServer }) => (isServer ? [] : [peerId]))

  const offeredHashes = async (): Promise<readonly ContextHash[]> =>
    (await options.offeredContexts()).map(({ contextHash }) => contextHash)

  /** Asks for what is missing of one author until it is here, or nothing more comes. */
  async function learnOf(peerId: PeerId, announced: AnnouncedContexts, deadline: AbortSignal): Promise<void> {
    let wanted = catalogue.missing(announced)
    while (wanted.length > 0) {
      const asked = new Set(wanted.slice(0, MAX_DESCRIPTORS_ASKED))
      const request = { author: announced.author, contextHashes: [...asked] }
      const descriptors = await network.getDescriptors(peerId, request, deadline)
      if (descriptors.length === 0) return
      const isAsked = ({ descriptor: { author, contextHash } }: SignedDescriptor): boolean =>
        bytesEqual(author, announced.author) && asked.has(contextHash)
      if (!descriptors.every(isAsked)) {
        throw new LoremeshError('bad-input', 'The peer sent descriptors that were not asked for')
      }
      if ((await judgeDescriptors(descriptors, components)) !== 'accept') {
        throw new LoremeshError(
          'bad-signature',
          'The peer sent something in the name of another, or of the future',
        )
      }
      await catalogue.learn(descriptors)
      const learnt = new Set(descriptors.map(({ descriptor }) => descriptor.contextHash))
      wanted = wanted.filter((contextHash) => !learnt.has(contextHash))
    }
  }

  async function learn(peerId: PeerId): Promise<void> {
    const deadline = clock.deadline(LEARN_TIMEOUT_MS, stopped.signal)
    for (const announced of await network.listAnnounced(peerId, deadline)) {
      await learnOf(peerId, announced, deadline)
      deadline.throwIfAborted()
    }
  }

  async function learnFromAll(): Promise<void> {
    for (const peerId of waiting) {
      waiting.delete(peerId)
      // Whoever is gone, or tells something wrong, is not asked again before the next round.
      await learn(peerId).catch(() => undefined)
    }
  }

  function learnFrom(peerId: PeerId): void {
    const isServer = networkState().links.some((link) => link.peerId === peerId && link.isServer)
    if (isServer || stopped.signal.aborted) return
    waiting.add(peerId)
    learning ??= learnFromAll().finally(() => (learning = undefined))
  }

  function learnFromAny(): void {
    const linked = linkedPeers()
    const peerId = linked[Math.floor(randomFraction(randomness) * linked.length)]
    if (peerId !== undefined) learnFrom(peerId)
  }

  const stopRounds = clock.every(REPEAT_MS, learnFromAny)

  return {
    async onAnnounced(from) {
      const own = (await offeredHashes()).slice(0, MAX_OWN_LISTED)
      // Who announced least stands first, so that of most peers everything is listed.
      const authors = [...new Set(linkedPeers())]
        .filter((peerId) => peerId !== from)
        .map(peerIdToAccount)
        .sort((a, b) => catalogue.countOf(a) - catalogue.countOf(b))
      const others = authors.map((author) => ({ author, contextHashes: catalogue.contextsOf(author) }))
      let room = MAX_LISTED_CONTEXTS
      return [{ author: identity.account, contextHashes: own }, ...others].flatMap((announced) => {
        const contextHashes = announced.contextHashes.slice(0, room)
        room -= contextHashes.length
        return contextHashes.length === 0 ? [] : [{ ...announced, contextHashes }]
      })
    },
    async onDescriptors(wanted) {
      if (!bytesEqual(wanted.author, identity.account)) return catalogue.descriptorsOf(wanted)
      const offered = new Set(await offeredHashes())
      const hashes = wanted.contextHashes.filter((contextHash) => offered.has(contextHash))
      return contextStore.getDescriptors(hashes, identity.account)
    },
    learnFrom,
    stop() {
      stopRounds()
      stopped.abort()
      waiting.clear()
    },
  }
}
