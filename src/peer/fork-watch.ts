import {
  authorOf,
  createLedgerWatch,
  type LedgerNews,
  type LedgerWatch,
} from '../domain/gossip/ledger-watch.ts'
import type { CertifiedEntry } from '../domain/ledger/certificate.ts'
import { parseHeader } from '../domain/ledger/checkpoint-codec.ts'
import type { SignedCheckpoint } from '../domain/ledger/checkpoint.ts'
import type { EntryHash, SignedEntry } from '../domain/ledger/entry.ts'
import { encodeFraudProof, parseFraudProof, type FraudProof } from '../domain/ledger/fraud-proof.ts'
import type { Genesis } from '../domain/ledger/genesis.ts'
import type { Clock } from '../ports/clock.ts'
import type { LedgerStore } from '../ports/ledger-store.ts'
import type { SignatureVerifier } from '../ports/signature-verifier.ts'

/**
 * Proofs about accounts without a certified entry that are kept, about 2 KB each: new keys cost nothing, so neither do
 * forks of theirs. Those about other accounts are kept without a limit.
 */
const MAX_KEPT_OF_NEWCOMERS = 4_096

/**
 * Watches for accounts that sign two entries at one place and for authorities that vote for both, keeps every proof for
 * ever, and tells everybody.
 */
export interface ForkWatch extends Pick<LedgerWatch, 'judge' | 'isFrozen' | 'isAdmitted'> {
  /** Takes up the proofs of earlier runs. */
  start(): Promise<void>
  /** Takes note of a verified checkpoint that did not come by gossip. */
  learn(checkpoint: SignedCheckpoint): void
  /**
   * Takes note of an entry that somebody offers here as a payment, its own signature verified, and tells others of it:
   * whoever is offered another one in its place can prove the fork. Ask `isFrozen` after it.
   */
  note(signed: SignedEntry): void
}

/** Creates the watch. */
export function createForkWatch(
  components: {
    readonly ledgerStore: Pick<LedgerStore, 'putForkProof' | 'listForkProofs' | 'newestCheckpoint'>
    readonly signatureVerifier: SignatureVerifier
    readonly clock: Pick<Clock, 'nowMs'>
    readonly genesis: Genesis
  },
  options: {
    /** Tells everybody. */
    readonly announce: (news: LedgerNews) => void
    /** An entry became final: it was verified, and so was its certificate. */
    readonly onCertified: (certified: CertifiedEntry) => void
    /** A claim of these payments became final. */
    readonly onClaimed: (payments: readonly EntryHash[]) => void
    /** A verified checkpoint, newer than all that came before it. */
    readonly onCheckpoint: (checkpoint: SignedCheckpoint) => void
    /** A proof could not be kept; it counts until the peer is closed. */
    readonly onFailure: (error: unknown) => void
  },
): ForkWatch {
  const { ledgerStore, signatureVerifier, clock, genesis } = components
  const watch = createLedgerWatch(
    { genesis, verifier: signatureVerifier, nowMs: () => clock.nowMs() },
    {
      onFraud(fraud, isOwn) {
        if (isOwn) options.announce(fraud)
        void keep(fraud).catch(options.onFailure)
      },
      onCertified(certified) {
        options.onCertified(certified)
        const { operation } = certified.signed.entry
        if (operation.type === 'claim') options.onClaimed(operation.sources)
      },
      onCheckpoint: options.onCheckpoint,
    },
  )
  let keptOfNewcomers = 0

  async function keep(fraud: FraudProof): Promise<void> {
    const author = authorOf(fraud)
    if (author !== undefined && !watch.isAdmitted(author)) {
      if (keptOfNewcomers >= MAX_KEPT_OF_NEWCOMERS) return
      keptOfNewcomers++
    }
    await ledgerStore.putForkProof(encodeFraudProof(fraud))
  }

  return {
    judge: watch.judge,
    isFrozen: watch.isFrozen,
    isAdmitted: watch.isAdmitted,
    async start() {
      const wires = await ledgerStore.listForkProofs()
      const checkpoint = await ledgerStore.newestCheckpoint()
      watch.recall(wires.map(parseFraudProof), checkpoint && parseHeader(checkpoint.headerWire).header)
      keptOfNewcomers = wires.length
    },
    learn: ({ header }) => watch.recall([], header),
    note(signed) {
      if (watch.note(signed)) options.announce({ type: 'entry', signed })
    },
  }
}
