import type { PeerId } from '../domain/identity/account.ts'
import type { AccountState, Payment } from '../domain/ledger/account-state.ts'
import type { Certificate } from '../domain/ledger/certificate.ts'
import type { EntryHash, SignedEntry } from '../domain/ledger/entry.ts'

/** The authorities as a peer sees them. Every call throws `authority-unreachable` or `timeout` when no quorum answers. */
export interface Certifier {
  /**
   * Asks the authorities to vote for an entry and gathers a certificate. Asking again for a certified entry gives its
   * certificate. Throws what the authorities refuse with, such as `conflicting-entry`, `bad-entry`, `already-claimed`.
   */
  certify(signed: SignedEntry, signal?: AbortSignal): Promise<Certificate>
  /**
   * The starter grant of the own account as a signed system fact; throws `already-granted` once it was collected, and
   * `grants-exhausted` when there are no more today.
   */
  requestStarterGrant(signal?: AbortSignal): Promise<Uint8Array>
  /** The certified state of an account, with the entries above `sinceSeq`; undefined for an unknown account. */
  head(
    account: PeerId,
    sinceSeq: number,
    signal?: AbortSignal,
  ): Promise<{ readonly state: AccountState; readonly entries: readonly SignedEntry[] } | undefined>
  /** What became of a payment; undefined when it was never certified. */
  payment(payment: EntryHash, signal?: AbortSignal): Promise<Payment | undefined>
}
