import type { Context } from '../domain/content/context.ts'
import type { SignedDescriptor } from '../domain/content/descriptor.ts'
import { authorOf, subjectOf, type LedgerNews, type Verdict } from '../domain/gossip/ledger-watch.ts'
import { createGossipShares } from '../domain/gossip/shares.ts'
import type { GossipSubject, GossipTopic } from '../domain/gossip/topics.ts'
import type { PeerId } from '../domain/identity/account.ts'
import type { Identity } from '../domain/identity/identity.ts'
import type { Certificate } from '../domain/ledger/certificate.ts'
import type { SignedEntry } from '../domain/ledger/entry.ts'
import type { Clock } from '../ports/clock.ts'
import type { ContextStore } from '../ports/context-store.ts'
import type { GossipMessage, Network } from '../ports/network.ts'
import type { SignatureVerifier } from '../ports/signature-verifier.ts'
import type { Catalogue } from './catalogue.ts'
import type { ForkWatch } from './fork-watch.ts'
import { judgeDescriptors } from './judge-descriptors.ts'
import type { LedgerListening } from './ledger-listening.ts'

/** Descriptors sent in one message. */
const DESCRIPTORS_PER_MESSAGE = 32

/** The peer's part in gossip: judges what comes before it is stored or spread, and tells what is new here. */
export interface Gossip {
  /** Spreads only what is new here, and everybody's fair share of what there is time for. */
  judge(message: GossipMessage, from: PeerId, topic: GossipTopic): Promise<Verdict>
  /** Tells everybody about contexts that are shared here. */
  announceContexts(contexts: readonly Pick<Context, 'contextHash'>[]): Promise<void>
  announceEntry(signed: SignedEntry, certificate: Certificate): Promise<void>
  /** Tells everybody news about the ledger. */
  announce(news: LedgerNews): Promise<void>
}

/** Creates the gossiping part. */
export function createGossip(components: {
  readonly identity: Pick<Identity, 'account' | 'peerId'>
  readonly network: Pick<Network, 'publish'>
  readonly contextStore: Pick<ContextStore, 'getDescriptors'>
  readonly catalogue: Pick<Catalogue, 'add'>
  readonly forkWatch: Pick<ForkWatch, 'judge' | 'isAdmitted'>
  readonly listening: Pick<LedgerListening, 'note'>
  readonly signatureVerifier: SignatureVerifier
  readonly clock: Pick<Clock, 'nowMs' | 'monotonicMs' | 'sleep'>
}): Gossip {
  const { identity, network, contextStore, catalogue, forkWatch, listening, clock } = components
  const shares = createGossipShares(clock)

  /** Those that are new here are to be spread, also when they can't be stored. */
  async function hearDescriptors(descriptors: readonly SignedDescriptor[]): Promise<Verdict> {
    const verdict = await judgeDescriptors(descriptors, components)
    if (verdict !== 'accept') return verdict
    const isNew = await catalogue.add(descriptors).catch(() => true)
    return isNew ? 'accept' : 'ignore'
  }

  /** Own messages keep to the shares as well, so that this peer never sends more than others take of it. */
  async function publish(message: GossipMessage): Promise<void> {
    const self = { sender: identity.peerId, author: undefined, isAdmitted: false }
    await shares.run(subjectOfMessage(message), self, () => network.publish(message))
  }

  return {
    async judge(message, from, topic) {
      if (message.type === 'entry') listening.note(topic)
      const author =
        message.type === 'descriptors' ? message.descriptors[0]?.descriptor.author : authorOf(message)
      const isAdmitted = author !== undefined && forkWatch.isAdmitted(author)
      const verdict = await shares.run(topic, { sender: from, author, isAdmitted }, () =>
        message.type === 'descriptors'
          ? hearDescriptors(message.descriptors)
          : forkWatch.judge(message, topic),
      )
      return verdict ?? 'ignore'
    },
    async announceContexts(contexts) {
      const contextHashes = contexts.map(({ contextHash }) => contextHash)
      const descriptors = await contextStore.getDescriptors(contextHashes, identity.account)
      for (let start = 0; start < descriptors.length; start += DESCRIPTORS_PER_MESSAGE) {
        await publish({
          type: 'descriptors',
          descriptors: descriptors.slice(start, start + DESCRIPTORS_PER_MESSAGE),
        })
      }
    },
    async announceEntry(signed, certificate) {
      await publish({ type: 'entry', signed })
      await publish({ type: 'certificate', certificate })
    },
    announce: publish,
  }
}

/** The subject under which a message is gossiped. */
export function subjectOfMessage(message: GossipMessage): GossipSubject {
  return message.type === 'descriptors' ? 'contexts' : subjectOf(message)
}
