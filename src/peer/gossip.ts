import { signedPartOf } from '../domain/content/descriptor-codec.ts'
import type { SignedDescriptor } from '../domain/content/descriptor.ts'
import type { Context } from '../domain/content/context.ts'
import type { PeerId } from '../domain/identity/account.ts'
import type { Identity } from '../domain/identity/identity.ts'
import { isLoremeshError } from '../domain/kernel/errors.ts'
import { createRateLimiter, type RateLimit } from '../domain/kernel/token-bucket.ts'
import { verifyCertificate, type Certificate } from '../domain/ledger/certificate.ts'
import { verifyEntry } from '../domain/ledger/entry-codec.ts'
import { MAX_AHEAD_MS, type EntryHash, type SignedEntry } from '../domain/ledger/entry.ts'
import type { Genesis } from '../domain/ledger/genesis.ts'
import type { Clock } from '../ports/clock.ts'
import type { ContextStore } from '../ports/context-store.ts'
import type { GossipMessage, GossipVerdict, Network } from '../ports/network.ts'
import type { SignatureVerifier } from '../ports/signature-verifier.ts'
import type { Catalogue } from './catalogue.ts'
import { createWaitingEntries } from './waiting-entries.ts'

/** Messages of one sender that are judged. A server forwards what everybody says. */
const SENDER_RATE: RateLimit = { burst: 512, perSecond: 32 }
/** Descriptors sent in one message. */
const DESCRIPTORS_PER_MESSAGE = 32

/** The peer's part in gossip: judges what comes before it is stored or spread, and tells what is new here. */
export interface Gossip {
  /** Spreads only what is new here, and no more of one sender (who may just forward it) than the rate allows. */
  judge(message: GossipMessage, from: PeerId): GossipVerdict | Promise<GossipVerdict>
  /** Tells everybody about contexts that are shared here. */
  announceContexts(contexts: readonly Pick<Context, 'contextHash'>[]): Promise<void>
  announceEntry(signed: SignedEntry, certificate: Certificate): Promise<void>
}

/** Creates the gossiping part. `onClaimed` gets the payments of every certified claim. */
export function createGossip(
  components: {
    readonly identity: Pick<Identity, 'account'>
    readonly network: Pick<Network, 'publish'>
    readonly contextStore: Pick<ContextStore, 'getDescriptor'>
    readonly catalogue: Pick<Catalogue, 'add'>
    readonly signatureVerifier: SignatureVerifier
    readonly clock: Pick<Clock, 'nowMs' | 'monotonicMs'>
    readonly genesis: Genesis
  },
  options: { readonly onClaimed: (payments: readonly EntryHash[]) => void },
): Gossip {
  const { identity, network, contextStore, catalogue, signatureVerifier, clock, genesis } = components
  const waiting = createWaitingEntries()
  const limiter = createRateLimiter(SENDER_RATE, () => clock.monotonicMs())

  const isAhead = (timeMs: number): boolean => timeMs > clock.nowMs() + MAX_AHEAD_MS

  async function judgeDescriptors(descriptors: readonly SignedDescriptor[]): Promise<GossipVerdict> {
    if (descriptors.some(({ descriptor }) => isAhead(descriptor.createdAtMs))) return 'ignore'
    if (!(await signatureVerifier.verify(descriptors.map(signedPartOf)))) return 'reject'
    // What can't be stored here may still be new to others.
    const isNew = await catalogue.add(descriptors).catch(() => true)
    return isNew ? 'accept' : 'ignore'
  }

  function judgeEntry(signed: SignedEntry): GossipVerdict {
    if (waiting.isKnown(signed.hash) || isAhead(signed.entry.timestampMs)) return 'ignore'
    verifyEntry(signed, genesis)
    waiting.add(signed)
    return 'accept'
  }

  /** A certificate whose entry is unknown here can't be judged: it is dropped quietly, and its sender not blamed. */
  function judgeCertificate(certificate: Certificate): GossipVerdict {
    const signed = waiting.get(certificate.entryHash)
    if (signed === undefined) return 'ignore'
    verifyCertificate(certificate, signed, genesis)
    waiting.settle(certificate.entryHash)
    const { operation } = signed.entry
    if (operation.type === 'claim') options.onClaimed(operation.sources)
    return 'accept'
  }

  return {
    judge(message, from) {
      if (!limiter.take(from)) return 'ignore'
      try {
        switch (message.type) {
          case 'descriptors':
            return judgeDescriptors(message.descriptors)
          case 'entry':
            return judgeEntry(message.signed)
          case 'certificate':
            return judgeCertificate(message.certificate)
        }
      } catch (error) {
        if (isLoremeshError(error)) return 'reject'
        throw error
      }
    },
    async announceContexts(contexts) {
      const found = await Promise.all(
        contexts.map(({ contextHash }) => contextStore.getDescriptor(contextHash, identity.account)),
      )
      const descriptors = found.filter((descriptor) => descriptor !== undefined)
      for (let start = 0; start < descriptors.length; start += DESCRIPTORS_PER_MESSAGE) {
        await network.publish({
          type: 'descriptors',
          descriptors: descriptors.slice(start, start + DESCRIPTORS_PER_MESSAGE),
        })
      }
    },
    async announceEntry(signed, certificate) {
      await network.publish({ type: 'entry', signed })
      await network.publish({ type: 'certificate', certificate })
    },
  }
}
