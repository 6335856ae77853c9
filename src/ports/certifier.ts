import type { PeerId } from '../domain/identity/account.ts'
import type { AccountState, Payment } from '../domain/ledger/account-state.ts'
import type { Certificate, CertifiedEntry } from '../domain/ledger/certificate.ts'
import type { AccountStanding } from '../domain/ledger/account-standing.ts'
import type { Checkpoint, SignedCheckpoint } from '../domain/ledger/checkpoint.ts'
import type { EntryHash, SignedEntry } from '../domain/ledger/entry.ts'
import type { CheckpointPlace } from '../domain/ledger/skip-links.ts'

/** An account as the authorities know it. */
export interface CertifiedAccount {
  /** After the newest certified entry. */
  readonly state: AccountState
  /** Certified entries, oldest first. */
  readonly entries: readonly CertifiedEntry[]
}

/** The authorities as a peer sees them. Every call throws `authority-unreachable` or `timeout` when no quorum answers. */
export interface Certifier {
  /**
   * Asks the authorities to vote for an entry and gathers a certificate, of which it tells all of them. Asking again for
   * a certified entry gives its certificate. Throws what the authorities refuse with only when so many refuse for good
   * (`isFinalRefusal`) that it can't become certified.
   */
  certify(signed: SignedEntry, signal?: AbortSignal): Promise<Certificate>
  /**
   * The starter grant of the own account as a signed system fact; throws `already-granted` once it was collected, and
   * `grants-exhausted` when there are no more today.
   */
  requestStarterGrant(signal?: AbortSignal): Promise<Uint8Array>
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
}

/** A final checkpoint and how it descends from another one. */
export interface CheckpointChain {
  readonly newest: SignedCheckpoint
  /** From the newest one down to the known one, both excluded: as `verifySkipChain` takes them. */
  readonly between: readonly Checkpoint[]
}
