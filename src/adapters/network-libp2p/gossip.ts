import { TopicValidatorResult, type GossipSub, type TopicValidatorFn } from '@libp2p/gossipsub'
import { topicsOf, verdictOnError, type Verdict } from '../../domain/gossip/ledger-watch.ts'
import {
  gossipTopics,
  isLedgerTopic,
  ledgerTopics,
  type GossipTopic,
  type LedgerTopic,
} from '../../domain/gossip/topics.ts'
import type { GossipMessage, NetworkHandlers } from '../../ports/network.ts'
import type { CutOff } from '../../protocols/cut-off.ts'
import { encodeDescriptorBatches, parseDescriptorBatch } from '../../protocols/descriptors.ts'
import { GOSSIP_TOPICS, MAX_GOSSIP_BYTES, topicName } from '../../protocols/gossip.ts'
import { encodeLedgerGossip, parseLedgerGossip } from '../../protocols/ledger-gossip.ts'
import { toPeerId } from './addresses.ts'

const results: Readonly<Record<Verdict, TopicValidatorResult>> = {
  accept: TopicValidatorResult.Accept,
  ignore: TopicValidatorResult.Ignore,
  reject: TopicValidatorResult.Reject,
}

/** What a message on a topic says, checked for form. */
function parse(topic: GossipTopic, data: Uint8Array): GossipMessage {
  return topic === 'contexts'
    ? { type: 'descriptors', descriptors: parseDescriptorBatch(data) }
    : parseLedgerGossip(data, topic)
}

/**
 * Takes part in every topic but those of the ledger. `onGossip` gets each message once, before it is spread, and decides
 * what becomes of it; malformed messages are rejected without it, and those beyond what an honest node sends cut their
 * sender off.
 */
export function joinTopics(
  pubsub: GossipSub,
  handlers: Pick<NetworkHandlers, 'onGossip'>,
  cutOff: Pick<CutOff, 'takeMessage'>,
): void {
  for (const topic of gossipTopics) {
    const name = topicName(topic)
    const validate: TopicValidatorFn = async (from, { data }) => {
      const sender = toPeerId(from)
      if (!cutOff.takeMessage(sender, topic)) return TopicValidatorResult.Ignore
      if (data.length > MAX_GOSSIP_BYTES) return TopicValidatorResult.Reject
      if (!pubsub.getTopics().includes(name)) return TopicValidatorResult.Ignore
      try {
        return results[await handlers.onGossip(parse(topic, data), sender, topic)]
      } catch (error) {
        return results[verdictOnError(error)]
      }
    }
    pubsub.topicValidators.set(name, validate)
    if (!isLedgerTopic(topic)) pubsub.subscribe(name)
  }
}

/** Listens to these topics of the ledger and no others. */
export function listenToLedger(pubsub: GossipSub, topics: ReadonlySet<LedgerTopic>): void {
  const joined = pubsub.getTopics()
  for (const topic of ledgerTopics) {
    const name = topicName(topic)
    if (topics.has(topic) === joined.includes(name)) continue
    if (topics.has(topic)) pubsub.subscribe(name)
    else pubsub.unsubscribe(name)
  }
}

/** Spreads an own message, in as many parts as it takes. */
export async function publishGossip(pubsub: GossipSub, message: GossipMessage): Promise<void> {
  if (message.type !== 'descriptors') {
    const data = encodeLedgerGossip(message)
    for (const topic of topicsOf(message)) await pubsub.publish(topicName(topic), data)
    return
  }
  for (const batch of encodeDescriptorBatches(message.descriptors)) {
    await pubsub.publish(GOSSIP_TOPICS.contexts, batch)
  }
}
