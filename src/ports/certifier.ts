import type { PeerId } from '../domain/identity/account.ts'
import type { MicroTokens } from '../domain/kernel/micro-tokens.ts'
import type { Readable } from '../domain/kernel/readable.ts'
import type { AccountState, Payment } from '../domain/ledger/account-state.ts'
import type { Certificate, CertifiedEntry } from '../domain/ledger/certificate.ts'
import type { AccountStanding } from '../domain/ledger/account-standing.ts'
import type { Checkpoint, SignedCheckpoint } from '../domain/ledger/checkpoint.ts'
import type { EntryHash, SignedEntry } from '../domain/ledger/entry.ts'
import type { FraudProof } from '../domain/ledger/fraud-proof.ts'
import type { Removals } from '../domain/ledger/removals.ts'
import type { CheckpointPlace } from '../domain/ledger/skip-links.ts'

/** An account as the authorities know it. */
export interface CertifiedAccount {
  /** After the newest certified entry. */
  readonly state: AccountState
  /** Certified entries, oldest first. */
  readonly entries: readonly CertifiedEntry[]
}

/** What a starter grant is asked for by. */
export interface GrantTerms {
  /** Height of a checkpoint of the last day. */
  readonly checkpoint: number
  /** What newcomers get by it. */
  readonly amount: MicroTokens
}

/** How many of a network's authorities answer, by the last sign of each. */
export interface AuthorityReach {
  readonly total: number
  /** So many have to answer for anything to be certified: 2f+1 of 3f+1. */
  readonly needed: number
  readonly answering: number
  /** Those that gave no answer; of the rest there was no sign yet. */
  readonly silent: number
}

/** The authorities as a peer sees them. Every call throws `authority-unreachable` or `timeout` when no quorum answers. */
export interface Certifier {
  /** Told whenever an authority falls silent or answers again. */
  readonly reach: Readable<AuthorityReach>
  /**
   * Asks the authorities to vote for an entry and gathers a certificate, of which it tells all of them. Asking again for
   * a certified entry gives its certificate. Throws what the authorities refuse with only when so many refuse for good
   * (`isFinalRefusal`) that it can't become certified.
   */
  certify(signed: SignedEntry, signal?: AbortSignal): Promise<Certificate>
  /**
   * Shows the authorities a certificate that they may lack, and resolves once a quorum has taken it. Throws what they
   * refuse it with as `certify` does.
   */
  tell(signed: SignedEntry, certificateWire: Uint8Array, signal?: AbortSignal): Promise<void>
  /** Counts no votes of removed authorities from now on: `removals` are those of the newest checkpoint known. */
  exclude(removals: Removals): void
  /** Tells the authorities again of certificates of which they could not be told when they were gathered. */
  repeatNotices(): void
  /**
   * The starter grant of the own account, of the amount that is in force in a checkpoint, as a signed system fact; throws
   * `already-granted` once it was collected, and `grants-exhausted` when there are no more today.
   */
  requestStarterGrant(terms: GrantTerms, signal?: AbortSignal): Promise<Uint8Array>
  /**
   * What a quorum knows of an account: the newest certified state with the entries above `sinceSeq`, undefined before
   * its first one, and entries beyond it that authorities have voted for, which may become certified at any time.
   */
  head(
    account: PeerId,
    sinceSeq: number,
    signal?: AbortSignal,
  ): Promise<{
    readonly certified: CertifiedAccount | undefined
    readonly voted: readonly SignedEntry[]
  }>
  /** What became of a payment, as a quorum knows it; undefined when it was never certified. */
  payment(payment: EntryHash, signal?: AbortSignal): Promise<Payment | undefined>
  /** Certified payments and reserves for the own account that are still open. */
  inbox(signal?: AbortSignal): Promise<readonly CertifiedEntry[]>
  /**
   * The newest final checkpoint, verified, with the older ones that show that it descends from the one known already, if
   * there is one; undefined before the first.
   */
  checkpoint(known: CheckpointPlace | undefined, signal?: AbortSignal): Promise<CheckpointChain | undefined>
  /** An account in the newest final checkpoint, verified; undefined when it is not in it (yet). */
  standing(account: PeerId, signal?: AbortSignal): Promise<AccountStanding | undefined>
  /** The final checkpoint of a height, verified; undefined when no authority of a quorum knows it. */
  checkpointAt(height: number, signal?: AbortSignal): Promise<SignedCheckpoint | undefined>
  /**
   * Proofs of the frauds for which accounts are frozen or banned now, and of those of authorities, as far as anybody of
   * a quorum knows them. Not verified: they show by themselves whether they are right.
   */
  frauds(accounts: readonly PeerId[], signal?: AbortSignal): Promise<readonly FraudProof[]>
  /**
   * Shows the authorities a proof of a fraud. Resolves once a quorum has it, or knows that it is dealt with; throws
   * `authority-unreachable`, `timeout`, and what they refuse it with.
   */
  reportFraud(fraud: FraudProof, signal?: AbortSignal): Promise<void>
  /**
   * A part of a log that `source` has, an authority or a peer that keeps a part of the ledger. Parsed, but not verified,
   * so that the next part can be on its way meanwhile. Throws what the source refuses with: `rate-limited` when it is
   * asked too often, `unsupported` when it keeps none.
   */
  log(source: PeerId, place: LogPlace, signal?: AbortSignal): Promise<LogPart>
}

/** A final checkpoint and how it descends from another one. */
interface CheckpointChain {
  readonly newest: SignedCheckpoint
  /** From the newest one down to the known one, both excluded: as `verifySkipChain` takes them. */
  readonly between: readonly Checkpoint[]
}

/** Where a part of a log begins. */
interface LogPlace {
  /** Which of the logs of a source: it has one for each shard of its database. */
  readonly shard: number
  /** What an earlier part named; undefined to begin anew. */
  readonly position: number | undefined
  /** Where to begin anew: with the first entry that is dated then or later, in milliseconds since 1970. */
  readonly sinceMs: number
}

/** A part of a log of certified entries. */
export interface LogPart {
  /** How many logs the source has. */
  readonly shards: number
  /** Where the log goes on. */
  readonly nextPosition: number
  /** In the order in which the source learnt of them; none at the end of the log. */
  readonly entries: readonly CertifiedEntry[]
}
