import type { Account } from '../identity/account.ts'
import type { SignatureVerifier } from '../identity/signature.ts'
import { isLoremeshError } from '../kernel/errors.ts'
import {
  encodeCertificate,
  voteDigest,
  type Certificate,
  type CertifiedEntry,
} from '../ledger/certificate.ts'
import { verifyCheckpoint } from '../ledger/checkpoint-certificate.ts'
import type { CheckpointHeader, SignedCheckpoint } from '../ledger/checkpoint.ts'
import { MAX_AHEAD_MS, type SignedEntry } from '../ledger/entry.ts'
import { fraudIdOf, verifyFraudProof, type FraudProof } from '../ledger/fraud-proof.ts'
import { networkIdOf, type Genesis } from '../ledger/genesis.ts'
import { removedAt } from '../ledger/removals.ts'
import { entrySignature } from '../ledger/verify-entry.ts'
import { hasQuorum, voteSignatures } from '../ledger/vote.ts'
import { createKnownFrauds } from './known-frauds.ts'
import { createSeenEntries, type Sighting } from './seen-entries.ts'
import { shardTopicOf, type GossipSubject, type GossipTopic, type LedgerTopic } from './topics.ts'
import { createUnspread } from './unspread.ts'

/** What is told about the ledger, each part of which can be checked by itself. */
export type LedgerNews =
  | { readonly type: 'entry'; readonly signed: SignedEntry }
  | { readonly type: 'certificate'; readonly certificate: Certificate }
  | FraudProof
  | { readonly type: 'checkpoint'; readonly checkpoint: SignedCheckpoint }

/** What is gossiped about the ledger: everything but contexts. */
export type LedgerSubject = Exclude<GossipSubject, 'contexts'>

/** What becomes of news: they are spread, dropped quietly, or dropped and their sender blamed. */
export type Verdict = 'accept' | 'ignore' | 'reject'

/** What the watch tells its owner. */
export interface LedgerWatchEvents {
  /** A proof of fraud that is new here; `isOwn` when it was put together here, so that nobody else may know it. */
  readonly onFraud: (fraud: FraudProof, isOwn: boolean) => void
  /** An entry is final. Each is told once, while it is remembered. */
  readonly onCertified?: (certified: CertifiedEntry) => void
  /** A verified checkpoint that is newer than all before. */
  readonly onCheckpoint?: (checkpoint: SignedCheckpoint) => void
}

/** What is remembered of the newest checkpoint. */
type NewestHeader = Pick<CheckpointHeader, 'height' | 'removals'>

/**
 * Judges news about the ledger and remembers what it takes to prove frauds. Chains are not followed here, so an entry
 * whose parent is unknown passes: whoever forwards in another order than things happened does nothing wrong. Only what
 * is wrong by itself, and always will be, is blamed on its sender.
 */
export interface LedgerWatch {
  /**
   * Judges what came on a topic, the base topic of its subject unless told. What is known already but new on its topic
   * is passed on there without being verified again. Never throws.
   */
  judge(news: LedgerNews, topic?: GossipTopic): Promise<Verdict>
  /** Takes note of an entry whose own signature was verified, wherever it came from; true when it is new here. */
  note(signed: SignedEntry): boolean
  /** Takes up verified proofs that earlier runs kept, and a verified checkpoint that came another way. */
  recall(kept: readonly FraudProof[], checkpoint?: NewestHeader): void
  /** Whether the account is proven to have signed two entries at one place, and was not thawed since. */
  isFrozen(account: Account): boolean
  /** Whether an entry of the account is known to be certified. */
  isAdmitted(account: Account): boolean
}

const MAX_UNSPREAD = 4_096

/** Creates a watch that knows of nothing yet. */
export function createLedgerWatch(
  components: {
    readonly genesis: Genesis
    readonly verifier: SignatureVerifier
    readonly nowMs: () => number
  },
  events: LedgerWatchEvents,
): LedgerWatch {
  const { genesis, verifier, nowMs } = components
  const seen = createSeenEntries()
  const frauds = createKnownFrauds()
  const unspread = createUnspread<GossipTopic>(MAX_UNSPREAD)
  let newest: NewestHeader = { height: 0, removals: [] }

  const isAhead = (timeMs: number): boolean => timeMs > nowMs() + MAX_AHEAD_MS

  function take(fraud: FraudProof, isOwn: boolean): void {
    if (!frauds.isNew(fraud)) return
    frauds.add(fraud, newest.height)
    if (isOwn) unspread.add(fraudIdOf(fraud), ['proofs'])
    events.onFraud(fraud, isOwn)
  }

  function tell({ certified, frauds: proven }: Sighting): void {
    for (const fraud of proven) take(fraud, true)
    if (certified === undefined) return
    frauds.noteCertified(certified.signed)
    events.onCertified?.(certified)
  }

  /** What can't become certified, or not yet, is remembered but not spread. */
  async function judgeEntry(signed: SignedEntry, topic: GossipTopic): Promise<Verdict> {
    const { hash, wire, entry } = signed
    if (seen.hasEntry(signed) && !unspread.isDue(hash, topic)) return 'ignore'
    const isVerified =
      unspread.isVerified(hash, wire) || (await verifier.verify([entrySignature(signed, genesis)]))
    if (!isVerified) return 'reject'
    noteEntry(signed)
    if (!unspread.take(hash, topic)) return 'ignore'
    const { account, seq, timestampMs } = entry
    if (seen.hasCertificate({ account, seq, entryHash: hash })) return 'accept'
    const isHopeless = frauds.isFrozen(account) || seen.isSuperseded(signed)
    return isHopeless || isAhead(timestampMs) ? 'ignore' : 'accept'
  }

  function noteEntry(signed: SignedEntry): boolean {
    const sighting = seen.addEntry(signed)
    if (sighting.isNew) unspread.add(signed.hash, ledgerTopicsOf(signed.entry.account), signed.wire)
    tell(sighting)
    return sighting.isNew
  }

  /**
   * Whether enough of a certificate's votes count. Those of removed authorities count where the entry names a checkpoint
   * before, which is known only once the entry is. Who forwards a certificate may not have heard of a removal yet.
   */
  function isDecisive({ votes, ...about }: Certificate, signed = seen.entryOf(about)): boolean {
    const named = signed?.entry.checkpoint ?? newest.height
    return hasQuorum(votes, genesis, removedAt(newest.removals, named))
  }

  /** A certificate says by itself what it certifies, so its entry may come later. */
  async function judgeCertificate(certificate: Certificate, topic: GossipTopic): Promise<Verdict> {
    const { account, seq, entryHash, votes } = certificate
    const key = `certificate ${entryHash}`
    if (seen.hasCertificate(certificate) && !unspread.isDue(key, topic)) return 'ignore'
    const wire = encodeCertificate(certificate)
    const digest = voteDigest(networkIdOf(genesis), account, seq, entryHash)
    const isVerified =
      unspread.isVerified(key, wire) || (await verifier.verify(voteSignatures(votes, digest, genesis)))
    if (!isVerified) return 'reject'
    if (!isDecisive(certificate)) return 'ignore'
    const sighting = seen.addCertificate(certificate)
    if (sighting.isNew) unspread.add(key, ledgerTopicsOf(account), wire)
    tell(sighting)
    return unspread.take(key, topic) ? 'accept' : 'ignore'
  }

  async function judgeFraud(fraud: FraudProof): Promise<Verdict> {
    const id = fraudIdOf(fraud)
    if (!frauds.isNew(fraud) && !unspread.isDue(id, 'proofs')) return 'ignore'
    await verifyFraudProof(fraud, genesis, verifier, [])
    if (fraud.type === 'fork-proof') {
      const { e2, certificate } = fraud.proof
      if (certificate !== undefined && !isDecisive(certificate, e2)) return 'ignore'
    }
    unspread.take(id, 'proofs')
    take(fraud, false)
    return 'accept'
  }

  async function judgeCheckpoint(checkpoint: SignedCheckpoint): Promise<Verdict> {
    const { header, certificate } = checkpoint
    const { height, timeMs } = header
    if (height <= newest.height || isAhead(timeMs)) return 'ignore'
    await verifyCheckpoint(checkpoint, genesis, verifier, [])
    const isFinal = hasQuorum(certificate.votes, genesis, removedAt(newest.removals, height - 1))
    if (height <= newest.height || !isFinal) return 'ignore'
    newest = header
    events.onCheckpoint?.(checkpoint)
    return 'accept'
  }

  function judgeAny(news: LedgerNews, topic: GossipTopic): Promise<Verdict> {
    switch (news.type) {
      case 'entry':
        return judgeEntry(news.signed, topic)
      case 'certificate':
        return judgeCertificate(news.certificate, topic)
      case 'fork-proof':
      case 'double-vote':
        return judgeFraud(news)
      case 'checkpoint':
        return judgeCheckpoint(news.checkpoint)
    }
  }

  return {
    async judge(news, topic = subjectOf(news)) {
      try {
        return await judgeAny(news, topic)
      } catch (error) {
        return verdictOnError(error)
      }
    },
    note: noteEntry,
    recall(kept, checkpoint) {
      if (checkpoint !== undefined && checkpoint.height > newest.height) newest = checkpoint
      for (const fraud of kept) frauds.add(fraud, newest.height)
    },
    isFrozen: frauds.isFrozen,
    isAdmitted: seen.isAdmitted,
  }
}

/**
 * What becomes of a message whose parsing or judging throws `error`. Whoever forwards what is malformed or forged is to
 * blame; not so for a message of a later version, or for a fault of this program.
 */
export function verdictOnError(error: unknown): Verdict {
  const harmless = !isLoremeshError(error) || error.code === 'unsupported' || error.code === 'internal'
  return harmless ? 'ignore' : 'reject'
}

/** The account whose doing the news are about; undefined for what is nobody's. */
export function authorOf(news: LedgerNews): Account | undefined {
  switch (news.type) {
    case 'entry':
      return news.signed.entry.account
    case 'certificate':
      return news.certificate.account
    case 'fork-proof':
      return news.proof.e1.entry.account
    case 'double-vote':
    case 'checkpoint':
      return undefined
  }
}

/** The subject under which news are gossiped. */
export function subjectOf(news: LedgerNews): LedgerSubject {
  switch (news.type) {
    case 'entry':
    case 'certificate':
      return 'ledger'
    case 'fork-proof':
    case 'double-vote':
      return 'proofs'
    case 'checkpoint':
      return 'checkpoints'
  }
}

/** Where news are told: what is somebody's entry or its certificate on the base topic and on that of the shard. */
export function topicsOf(news: LedgerNews): readonly GossipTopic[] {
  switch (news.type) {
    case 'entry':
      return ledgerTopicsOf(news.signed.entry.account)
    case 'certificate':
      return ledgerTopicsOf(news.certificate.account)
    case 'fork-proof':
    case 'double-vote':
    case 'checkpoint':
      return [subjectOf(news)]
  }
}

function ledgerTopicsOf(account: Account): readonly LedgerTopic[] {
  return ['ledger', shardTopicOf(account)]
}
