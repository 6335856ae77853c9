import { setImmediate, setTimeout } from 'node:timers/promises'
import { signedPartOf } from '../src/domain/content/descriptor-codec.ts'
import type { SignedDescriptor } from '../src/domain/content/descriptor.ts'
import {
  authorOf,
  createLedgerWatch,
  verdictOnError,
  type LedgerWatch,
  type LedgerWatchEvents,
  type Verdict,
} from '../src/domain/gossip/ledger-watch.ts'
import { createGossipShares } from '../src/domain/gossip/shares.ts'
import type { GossipTopic } from '../src/domain/gossip/topics.ts'
import type { Account } from '../src/domain/identity/account.ts'
import type { SignatureVerifier } from '../src/domain/identity/signature.ts'
import { MAX_AHEAD_MS } from '../src/domain/ledger/entry.ts'
import type { Genesis } from '../src/domain/ledger/genesis.ts'
import { parseDescriptorBatch } from '../src/protocols/descriptors.ts'
import { parseLedgerGossip } from '../src/protocols/ledger-gossip.ts'

/** The server's part in gossip. */
export interface GossipValidator extends Pick<LedgerWatch, 'note' | 'recall' | 'isFrozen'> {
  /** Says what becomes of a message; never throws. `from` is the id of the peer that sent or forwarded it. */
  validate(topic: GossipTopic, message: Uint8Array, from: string): Promise<Verdict>
}

/**
 * Judges gossip before the server spreads it, by the rules of every peer: what is malformed or wrongly signed costs its
 * sender score, what can't be judged or is known is dropped quietly, and everybody gets a fair share of what there is
 * time for. A flood leaves turns for everything else. `events` tell what it means for the ledger.
 */
export function createGossipValidator(
  components: {
    readonly genesis: Genesis
    readonly verifier: SignatureVerifier
    readonly nowMs: () => number
  },
  events: LedgerWatchEvents,
): GossipValidator {
  const { verifier, nowMs } = components
  const watch = createLedgerWatch(components, events)
  const shares = createGossipShares({
    monotonicMs: () => performance.now(),
    sleep: (ms) => setTimeout(ms, undefined, { ref: false }),
  })

  /** One signature after another: checking a new author's key takes this thread a while. */
  async function judgeDescriptors(descriptors: readonly SignedDescriptor[]): Promise<Verdict> {
    const latest = nowMs() + MAX_AHEAD_MS
    if (descriptors.some(({ descriptor }) => descriptor.createdAtMs > latest)) return 'ignore'
    for (const descriptor of descriptors) {
      if (!(await verifier.verify([signedPartOf(descriptor)]))) return 'reject'
    }
    return 'accept'
  }

  function inTurn(
    topic: GossipTopic,
    sender: string,
    author: Account | undefined,
    judge: () => Promise<Verdict>,
  ): Promise<Verdict | undefined> {
    const isAdmitted = author !== undefined && watch.isAdmitted(author)
    return shares.run(topic, { sender, author, isAdmitted }, async () => {
      await setImmediate()
      return judge()
    })
  }

  function judge(topic: GossipTopic, message: Uint8Array, from: string): Promise<Verdict | undefined> {
    if (topic === 'contexts') {
      const descriptors = parseDescriptorBatch(message)
      return inTurn(topic, from, descriptors[0]?.descriptor.author, () => judgeDescriptors(descriptors))
    }
    const news = parseLedgerGossip(message, topic)
    return inTurn(topic, from, authorOf(news), () => watch.judge(news, topic))
  }

  return {
    note: watch.note,
    recall: watch.recall,
    isFrozen: watch.isFrozen,
    async validate(topic, message, from) {
      try {
        return (await judge(topic, message, from)) ?? 'ignore'
      } catch (error) {
        return verdictOnError(error)
      }
    },
  }
}
