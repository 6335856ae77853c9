import { bytesEqual } from '../kernel/bytes.ts'

/**
 * What was verified here and may still have to be passed on. gossipsub gives each message once a topic, so what is new
 * here on one topic has still to be passed on when it comes on another one; and what this node is about to tell by
 * itself has to be when it comes by gossip before that, for gossipsub won't send it twice.
 */
export interface Unspread<Topic extends string> {
  /** Takes note of what has to be passed on; `wire` is the form in which its signatures were verified. */
  add(key: string, topics: readonly Topic[], wire?: Uint8Array): void
  /** Whether it is to be passed on still when it comes on the topic. */
  isDue(key: string, topic: Topic): boolean
  /** Whether exactly these bytes were verified. */
  isVerified(key: string, wire: Uint8Array): boolean
  /** Says what `isDue` says, which is over with it. */
  take(key: string, topic: Topic): boolean
}

/** The newest `limit` are remembered. */
export function createUnspread<Topic extends string>(limit: number): Unspread<Topic> {
  const kept = new Map<string, { readonly topics: Set<Topic>; readonly wire: Uint8Array | undefined }>()
  return {
    add(key, topics, wire) {
      kept.set(key, { topics: new Set(topics), wire })
      const [oldest] = kept.keys()
      if (oldest !== undefined && kept.size > limit) kept.delete(oldest)
    },
    isDue: (key, topic) => kept.get(key)?.topics.has(topic) === true,
    isVerified(key, wire) {
      const verified = kept.get(key)?.wire
      return verified !== undefined && bytesEqual(verified, wire)
    },
    take(key, topic) {
      const found = kept.get(key)
      if (found?.topics.delete(topic) !== true) return false
      if (found.topics.size === 0) kept.delete(key)
      return true
    },
  }
}
