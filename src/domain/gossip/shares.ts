import type { Account } from '../identity/account.ts'
import { bytesToHexText } from '../kernel/bytes.ts'
import { createFairQueue, type FairQueue, type FairQueueLimits } from '../kernel/fair-queue.ts'
import { isShardTopic, type GossipSubject, type GossipTopic } from './topics.ts'

/**
 * What a node judges and so passes on of each topic, whoever it comes from. The topics don't wait for one another,
 * so a proof is never behind a flood of entries. Every node, peers and servers alike, keeps to these numbers: what
 * an honest node sends is never more than what the next one takes of it.
 *
 * - ledger: the base topic carries 50 entries a second, each with a certificate; above that light tabs leave it for
 *   shards, which carry a quarter as much each, and 256 entries a second together.
 * - contexts: a message has up to 32 descriptors, so this is 512 descriptors a second.
 * - proofs: frauds are rare. Making one up costs an attacker two signatures of a new key.
 * - checkpoints: one in half a minute.
 */
const SHARES: Readonly<Record<GossipSubject, FairQueueLimits>> & { readonly shard: FairQueueLimits } = {
  ledger: { parallel: 16, waiting: 512, rate: { burst: 512, perSecond: 128 } },
  shard: { parallel: 4, waiting: 256, rate: { burst: 256, perSecond: 32 } },
  contexts: { parallel: 4, waiting: 256, rate: { burst: 256, perSecond: 16 } },
  proofs: { parallel: 4, waiting: 64, rate: { burst: 64, perSecond: 16 } },
  checkpoints: { parallel: 2, waiting: 16, rate: { burst: 16, perSecond: 4 } },
}

/** Who has a part in a node's work with gossip. */
export interface GossipShares {
  /**
   * Does the job when its turn comes; undefined when there is no room for it. What a sender brings of an author who is
   * admitted has a share of its own, so that nobody uses it up by forging messages of that author; what it brings of all
   * others has one together.
   */
  run<T>(
    topic: GossipTopic,
    message: { readonly sender: string; readonly author: Account | undefined; readonly isAdmitted: boolean },
    job: () => T | Promise<T>,
  ): Promise<T | undefined>
}

/**
 * Shares out a node's work. A forwarder, above all a server, speaks for many, so a limit on what is taken of it would
 * let one of them use up what is for all. Keys cost nothing, though, so a share for each of them would be none.
 * What costs something is a certified entry: who has one gets a share, and floods of new keys share their sender's.
 */
export function createGossipShares(clock: {
  monotonicMs(): number
  sleep(ms: number): Promise<void>
}): GossipShares {
  const queues = new Map<GossipTopic, FairQueue>()

  function queueOf(topic: GossipTopic): FairQueue {
    const queue = queues.get(topic) ?? createFairQueue(limitsOf(topic), clock)
    queues.set(topic, queue)
    return queue
  }

  return {
    run(topic, { sender, author, isAdmitted }, job) {
      const name = isAdmitted && author !== undefined ? bytesToHexText(author) : ''
      return queueOf(topic).run(`${sender} ${name}`, job)
    },
  }
}

function limitsOf(topic: GossipTopic): FairQueueLimits {
  return isShardTopic(topic) ? SHARES.shard : SHARES[topic]
}
