import type { Account } from '../identity/account.ts'
import type { SignatureVerifier } from '../identity/signature.ts'
import { isLoremeshError } from '../kernel/errors.ts'
import { voteDigest, type Certificate, type CertifiedEntry } from '../ledger/certificate.ts'
import { verifyCheckpoint } from '../ledger/checkpoint-certificate.ts'
import type { SignedCheckpoint } from '../ledger/checkpoint.ts'
import { MAX_AHEAD_MS, type SignedEntry } from '../ledger/entry.ts'
import { fraudIdOf, verifyFraudProof, type FraudProof } from '../ledger/fraud-proof.ts'
import { networkIdOf, type Genesis } from '../ledger/genesis.ts'
import { entrySignature } from '../ledger/verify-entry.ts'
import { voteSignatures } from '../ledger/vote.ts'
import { createKnownFrauds } from './known-frauds.ts'
import { createSeenEntries, type Sighting } from './seen-entries.ts'
import type { GossipSubject } from './shares.ts'

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

/**
 * Judges news about the ledger and remembers what it takes to prove frauds. Chains are not followed here, so an entry
 * whose parent is unknown passes: whoever forwards in another order than things happened does nothing wrong. Only what
 * is wrong by itself, and always will be, is blamed on its sender.
 */
export interface LedgerWatch {
  /** Never throws. */
  judge(news: LedgerNews): Promise<Verdict>
  /** Takes note of an entry whose own signature was verified, wherever it came from; true when it is new here. */
  note(signed: SignedEntry): boolean
  /** Takes up verified proofs that earlier runs kept, and the height of the newest checkpoint that they knew. */
  recall(kept: readonly FraudProof[], checkpoint: number): void
  /** Whether the account is proven to have signed two entries at one place, and was not thawed since. */
  isFrozen(account: Account): boolean
  /** Whether an entry of the account is known to be certified. */
  isAdmitted(account: Account): boolean
}

const MAX_UNTOLD = 1_024

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
  /**
   * What this node is about to tell by itself. When the same comes by gossip before that, gossipsub won't send it twice,
   * so it has to be passed on although it is known.
   */
  const untold = createRecent(MAX_UNTOLD)
  let newestHeight = 0

  const isAhead = (timeMs: number): boolean => timeMs > nowMs() + MAX_AHEAD_MS

  function take(fraud: FraudProof, isOwn: boolean): void {
    if (!frauds.isNew(fraud)) return
    frauds.add(fraud, newestHeight)
    if (isOwn) untold.add(fraudIdOf(fraud))
    events.onFraud(fraud, isOwn)
  }

  function tell({ certified, frauds: proven }: Sighting): void {
    for (const fraud of proven) take(fraud, true)
    if (certified === undefined) return
    frauds.noteCertified(certified.signed)
    events.onCertified?.(certified)
  }

  /** What can't become certified, or not yet, is remembered but not spread. */
  async function judgeEntry(signed: SignedEntry): Promise<Verdict> {
    if (seen.hasEntry(signed) && !untold.has(signed.hash)) return 'ignore'
    if (!(await verifier.verify([entrySignature(signed, genesis)]))) return 'reject'
    const sighting = seen.addEntry(signed)
    tell(sighting)
    const { account, timestampMs } = signed.entry
    if (!untold.delete(signed.hash) && !sighting.isNew) return 'ignore'
    if (sighting.certified !== undefined) return 'accept'
    const isHopeless = frauds.isFrozen(account) || seen.isSuperseded(signed)
    return isHopeless || isAhead(timestampMs) ? 'ignore' : 'accept'
  }

  /** A certificate says by itself what it certifies, so its entry may come later. */
  async function judgeCertificate(certificate: Certificate): Promise<Verdict> {
    if (seen.hasCertificate(certificate)) return 'ignore'
    const { account, seq, entryHash, votes } = certificate
    const digest = voteDigest(networkIdOf(genesis), account, seq, entryHash)
    if (!(await verifier.verify(voteSignatures(votes, digest, genesis)))) return 'reject'
    const sighting = seen.addCertificate(certificate)
    tell(sighting)
    return sighting.isNew ? 'accept' : 'ignore'
  }

  async function judgeFraud(fraud: FraudProof): Promise<Verdict> {
    const id = fraudIdOf(fraud)
    if (!frauds.isNew(fraud) && !untold.has(id)) return 'ignore'
    await verifyFraudProof(fraud, genesis, verifier)
    untold.delete(id)
    take(fraud, false)
    return 'accept'
  }

  async function judgeCheckpoint(checkpoint: SignedCheckpoint): Promise<Verdict> {
    const { height, timeMs } = checkpoint.header
    if (height <= newestHeight || isAhead(timeMs)) return 'ignore'
    await verifyCheckpoint(checkpoint, genesis, verifier)
    if (height <= newestHeight) return 'ignore'
    newestHeight = height
    events.onCheckpoint?.(checkpoint)
    return 'accept'
  }

  function judgeAny(news: LedgerNews): Promise<Verdict> {
    switch (news.type) {
      case 'entry':
        return judgeEntry(news.signed)
      case 'certificate':
        return judgeCertificate(news.certificate)
      case 'fork-proof':
      case 'double-vote':
        return judgeFraud(news)
      case 'checkpoint':
        return judgeCheckpoint(news.checkpoint)
    }
  }

  return {
    async judge(news) {
      try {
        return await judgeAny(news)
      } catch (error) {
        return verdictOnError(error)
      }
    },
    note(signed) {
      const sighting = seen.addEntry(signed)
      if (sighting.isNew) untold.add(signed.hash)
      tell(sighting)
      return sighting.isNew
    },
    recall(kept, checkpoint) {
      newestHeight = Math.max(newestHeight, checkpoint)
      for (const fraud of kept) frauds.add(fraud, newestHeight)
    },
    isFrozen: frauds.isFrozen,
    isAdmitted: seen.isAdmitted,
  }
}

/** A set of the newest `limit` texts. */
function createRecent(limit: number) {
  const texts = new Set<string>()
  return {
    add(text: string): void {
      texts.add(text)
      const [oldest] = texts
      if (oldest !== undefined && texts.size > limit) texts.delete(oldest)
    },
    has: (text: string): boolean => texts.has(text),
    delete: (text: string): boolean => texts.delete(text),
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
