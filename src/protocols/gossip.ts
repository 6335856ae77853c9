import { isLoremeshError } from '../domain/kernel/errors.ts'
import { sha256Digest } from '../domain/kernel/hashing.ts'

/** Topics of the network: context descriptors, ledger entries. */
export const GOSSIP_TOPICS = { contexts: '/loremesh/contexts/1', ledger: '/loremesh/ledger/1' } as const

/** Largest gossiped message. */
export const MAX_GOSSIP_BYTES = 16_384
/** Largest bundle of messages and control data between two peers. */
export const MAX_GOSSIP_BUNDLE_BYTES = 1_048_576

/** Messages carry no author or number of their own (entries sign themselves): the id is the hash. */
export function gossipMessageId(data: Uint8Array): Uint8Array {
  return sha256Digest(data)
}

/**
 * What becomes of a gossiped message whose judge throws `error`. Whoever forwards what is malformed or forged is to
 * blame; not so for a message of a later version, or for a fault of this program.
 */
export function verdictOnError(error: unknown): 'ignore' | 'reject' {
  const harmless = !isLoremeshError(error) || error.code === 'unsupported' || error.code === 'internal'
  return harmless ? 'ignore' : 'reject'
}

/**
 * Peer score parameters (gossipsub 1.1 specification). Only invalid messages count: the defaults leave 2,000 of them
 * unpunished. Peers behind one address are not punished, because whoever is reached through a relay counts as the
 * relay's address; with the default weight messages got lost.
 */
export const GOSSIP_SCORE = {
  IPColocationFactorWeight: 0,
  topics: Object.fromEntries(
    Object.values(GOSSIP_TOPICS).map((topic) => [
      topic,
      {
        topicWeight: 1,
        timeInMeshWeight: 0,
        timeInMeshQuantum: 1,
        timeInMeshCap: 0,
        firstMessageDeliveriesWeight: 0,
        firstMessageDeliveriesDecay: 0.5,
        firstMessageDeliveriesCap: 0,
        meshMessageDeliveriesWeight: 0,
        meshMessageDeliveriesDecay: 0.5,
        meshMessageDeliveriesCap: 0,
        meshMessageDeliveriesThreshold: 0,
        meshMessageDeliveriesWindow: 0,
        meshMessageDeliveriesActivation: 0,
        meshFailurePenaltyWeight: 0,
        meshFailurePenaltyDecay: 0.5,
        /** The score falls with the square: −10 after 4 invalid messages (no more gossip), −80 after 9 (ignored). */
        invalidMessageDeliveriesWeight: -1,
        invalidMessageDeliveriesDecay: 0.98,
      },
    ]),
  ),
}
