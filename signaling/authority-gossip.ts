import { topicsOf, type LedgerNews } from '../src/domain/gossip/ledger-watch.ts'
import type { SignatureVerifier } from '../src/domain/identity/signature.ts'
import { toLoremeshError } from '../src/domain/kernel/errors.ts'
import { createRateLimiter, type RateLimit } from '../src/domain/kernel/token-bucket.ts'
import { encodeCertificate, type Certificate, type CertifiedEntry } from '../src/domain/ledger/certificate.ts'
import type { SignedCheckpoint } from '../src/domain/ledger/checkpoint.ts'
import type { EntryHash, SignedEntry } from '../src/domain/ledger/entry.ts'
import { encodeFraudProof, type FraudProof } from '../src/domain/ledger/fraud-proof.ts'
import { quorumOf, type Genesis } from '../src/domain/ledger/genesis.ts'
import { topicName } from '../src/protocols/gossip.ts'
import { encodeLedgerGossip } from '../src/protocols/ledger-gossip.ts'
import type { Authority } from './authority/authority.ts'
import type { Replication } from './authority/replication.ts'
import { createGossipValidator, type GossipValidator } from './gossip-validator.ts'
import type { Log } from './log.ts'
import type { RelayNode } from './relay.ts'

/** An authority's part in gossip. */
export interface AuthorityGossip extends Pick<GossipValidator, 'validate' | 'recall'> {
  /** Tells peers of an entry that became certified here. */
  tellCertified(signed: SignedEntry, certificate: Certificate): void
  /** Tells peers of a fraud that was proven here. */
  tellFraud(fraud: FraudProof): void
  /** Tells peers of a checkpoint that became final here. */
  tellCheckpoint(checkpoint: SignedCheckpoint): void
}

/** What the gossip is about and goes through; only there once gossip is already judged. */
export interface GossipEnds {
  readonly node: RelayNode
  readonly authority: Pick<Authority, 'index' | 'certify' | 'reportFraud'>
  readonly replication: Pick<Replication, 'whenCaughtUp'>
}

/**
 * Whether an authority is one of the f+1 that tell of an entry, of whom one is honest: the entry's hash says which, so that
 * all of them do the same work. The others pass it on.
 */
export function isTeller(hash: EntryHash, index: number, genesis: Pick<Genesis, 'authorities'>): boolean {
  const { length } = genesis.authorities
  const tellers = (quorumOf(genesis) + 1) / 2
  return (index + Number.parseInt(hash.slice(0, 2), 16)) % length < tellers
}

/**
 * Certified entries that an authority tells of: what one topic carries. Peers ask for what they miss. Together with what it
 * passes on of others that stays below what a sender may send (`SENDER_RATE`).
 */
const TOLD_RATE: RateLimit = { burst: 128, perSecond: 40 }

/**
 * Judges what others gossip, takes over certified entries and frauds, and tells of the own ones. Until `ends` gives
 * something, what is gossiped is only judged.
 */
export function createAuthorityGossip(
  components: {
    readonly genesis: Genesis
    readonly verifier: SignatureVerifier
    readonly nowMs: () => number
    readonly log: Log
  },
  ends: () => GossipEnds | undefined,
): AuthorityGossip {
  const { genesis, log, nowMs } = components
  const limiter = createRateLimiter(TOLD_RATE, nowMs)
  const validator = createGossipValidator(components, { onCertified: takeCertified, onFraud: takeFraud })

  async function publish(news: LedgerNews): Promise<void> {
    const { pubsub } = ends()?.node.services ?? {}
    try {
      const data = encodeLedgerGossip(news)
      for (const topic of topicsOf(news)) await pubsub?.publish(topicName(topic), data)
    } catch (error) {
      // Peers that miss it ask the authorities.
      log('warn', 'gossip failed', { reason: toLoremeshError(error).message })
    }
  }

  /** Whatever is missing or wrong about it, the other authorities' logs will bring what is right. */
  function takeCertified({ signed, certificate }: CertifiedEntry): void {
    const { authority } = ends() ?? {}
    authority?.certify(signed.wire, encodeCertificate(certificate)).catch(() => undefined)
  }

  function takeFraud(fraud: FraudProof): void {
    const { authority, replication } = ends() ?? {}
    if (authority === undefined || replication === undefined) return
    replication
      .whenCaughtUp(() => authority.reportFraud(encodeFraudProof(fraud)))
      .catch((error: unknown) => {
        log('warn', 'fraud not taken', { reason: toLoremeshError(error).message })
      })
  }

  return {
    validate: validator.validate,
    recall: validator.recall,
    tellCertified(signed, certificate) {
      validator.note(signed)
      const { authority } = ends() ?? {}
      if (authority === undefined || !isTeller(signed.hash, authority.index, genesis)) return
      if (!limiter.take('all')) return
      void publish({ type: 'entry', signed }).then(() => publish({ type: 'certificate', certificate }))
    },
    tellFraud(fraud) {
      validator.recall([fraud])
      log('warn', 'fraud proven', { kind: fraud.type })
      void publish(fraud)
    },
    tellCheckpoint(checkpoint) {
      validator.recall([], checkpoint.header)
      void publish({ type: 'checkpoint', checkpoint })
    },
  }
}
