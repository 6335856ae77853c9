import { TopicValidatorResult, type GossipSub, type TopicValidatorFn } from '@libp2p/gossipsub'
import { subjectOf, verdictOnError, type Verdict } from '../../domain/gossip/ledger-watch.ts'
import type { GossipSubject } from '../../domain/gossip/shares.ts'
import type { GossipMessage, NetworkHandlers } from '../../ports/network.ts'
import type { CutOff } from '../../protocols/cut-off.ts'
import { encodeDescriptorBatches, parseDescriptorBatch } from '../../protocols/descriptors.ts'
import { GOSSIP_TOPICS, MAX_GOSSIP_BYTES } from '../../protocols/gossip.ts'
import { encodeLedgerGossip, parseLedgerGossip } from '../../protocols/ledger-gossip.ts'
import { toPeerId } from './addresses.ts'

const results: Readonly<Record<Verdict, TopicValidatorResult>> = {
  accept: TopicValidatorResult.Accept,
  ignore: TopicValidatorResult.Ignore,
  reject: TopicValidatorResult.Reject,
}

const parsers: Readonly<Record<GossipSubject, (data: Uint8Array) => GossipMessage>> = {
  contexts: (data) => ({ type: 'descriptors', descriptors: parseDescriptorBatch(data) }),
  ledger: (data) => parseLedgerGossip(data, 'ledger'),
  proofs: (data) => parseLedgerGossip(data, 'proofs'),
  checkpoints: (data) => parseLedgerGossip(data, 'checkpoints'),
}
const subjects = ['contexts', 'ledger', 'proofs', 'checkpoints'] as const satisfies readonly GossipSubject[]

/**
 * Takes part in every topic. `onGossip` gets each message once, before it is spread, and decides what becomes of it;
 * malformed messages are rejected without it, and those beyond what an honest node sends cut their sender off.
 */
export function joinTopics(
  pubsub: GossipSub,
  handlers: Pick<NetworkHandlers, 'onGossip'>,
  cutOff: Pick<CutOff, 'takeMessage'>,
): void {
  for (const subject of subjects) {
    const validate: TopicValidatorFn = async (from, { data }) => {
      const sender = toPeerId(from)
      if (!cutOff.takeMessage(sender)) return TopicValidatorResult.Ignore
      if (data.length > MAX_GOSSIP_BYTES) return TopicValidatorResult.Reject
      try {
        return results[await handlers.onGossip(parsers[subject](data), sender)]
      } catch (error) {
        return results[verdictOnError(error)]
      }
    }
    pubsub.topicValidators.set(GOSSIP_TOPICS[subject], validate)
    pubsub.subscribe(GOSSIP_TOPICS[subject])
  }
}

/** Spreads an own message, in as many parts as it takes. */
export async function publishGossip(pubsub: GossipSub, message: GossipMessage): Promise<void> {
  if (message.type !== 'descriptors') {
    await pubsub.publish(GOSSIP_TOPICS[subjectOf(message)], encodeLedgerGossip(message))
    return
  }
  for (const batch of encodeDescriptorBatches(message.descriptors)) {
    await pubsub.publish(GOSSIP_TOPICS.contexts, batch)
  }
}
