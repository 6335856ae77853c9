import type { Account } from '../identity/account.ts'
import { bytesToHexText } from '../kernel/bytes.ts'
import { sha256Digest } from '../kernel/hashing.ts'

/** What is gossiped about. */
export type GossipSubject = 'contexts' | 'ledger' | 'proofs' | 'checkpoints'

/** A sixteenth of all accounts: the first hex digit of SHA-256 of the account's key. */
type LedgerShard =
  '0' | '1' | '2' | '3' | '4' | '5' | '6' | '7' | '8' | '9' | 'a' | 'b' | 'c' | 'd' | 'e' | 'f'

/** The topic for entries and certificates of a shard's accounts. */
export type ShardTopic = `ledger/${LedgerShard}`

/** A topic for entries and certificates: the base topic for those of everybody, or that of a shard. */
export type LedgerTopic = 'ledger' | ShardTopic

/** What nodes subscribe to: one topic a subject, and the shards of the ledger. */
export type GossipTopic = GossipSubject | ShardTopic

const shards: readonly LedgerShard[] = [
  ...(['0', '1', '2', '3', '4', '5', '6', '7'] as const),
  ...(['8', '9', 'a', 'b', 'c', 'd', 'e', 'f'] as const),
]

/** Of every shard, in order. */
export const shardTopics = shards.map((shard): ShardTopic => `ledger/${shard}`)

/** Where entries and certificates are told. */
export const ledgerTopics: readonly LedgerTopic[] = ['ledger', ...shardTopics]

/** Every topic of the network. */
export const gossipTopics: readonly GossipTopic[] = ['contexts', ...ledgerTopics, 'proofs', 'checkpoints']

/** The topic of the shard to which an account belongs. */
export function shardTopicOf(account: Account): ShardTopic {
  const [digit = '0'] = bytesToHexText(sha256Digest(account))
  return `ledger/${digit as LedgerShard}`
}

/** Whether entries and certificates are told on the topic. */
export function isLedgerTopic(topic: GossipTopic): topic is LedgerTopic {
  return topic === 'ledger' || isShardTopic(topic)
}

/** Whether the topic is that of a shard. */
export function isShardTopic(topic: GossipTopic): topic is ShardTopic {
  return topic.includes('/')
}
