import type { PeerId } from '../domain/identity/account.ts'
import type { MicroTokens } from '../domain/kernel/micro-tokens.ts'
import type { AccountState, Payment } from '../domain/ledger/account-state.ts'
import type { EntryHash, SignedEntry, Voucher } from '../domain/ledger/entry.ts'
import type { QuoteItem } from '../domain/ledger/quote.ts'

/** An entry of the own chain as stored: `certificateWire` once it is certified. */
export interface LedgerRecord {
  readonly signed: SignedEntry
  readonly certificateWire: Uint8Array | undefined
}

/** What became of a payment, as far as this peer knows: `signed` until it is certified, then what the ledger says. */
export type PaymentPhase = 'signed' | 'certified' | Exclude<Payment['state'], 'open'>

/** A payment or reserve that this peer makes or receives. */
export interface PaymentRecord {
  /** Hash of the entry that makes it. */
  readonly payment: EntryHash
  readonly kind: Payment['kind']
  readonly direction: 'out' | 'in'
  readonly counterparty: PeerId
  /** Of a reserve: the most that can be claimed. */
  readonly amount: MicroTokens
  readonly fromCredit: MicroTokens
  readonly createdAtMs: number
  readonly expiresAtMs: number
  readonly phase: PaymentPhase
  readonly entryWire: Uint8Array
  readonly certificateWire: Uint8Array | undefined
  /** The payer's newest voucher; undefined until something is owed. */
  readonly voucher: Voucher | undefined
  /** When something was last bought with it. */
  readonly usedAtMs: number
}

/** One delivery that was bought or sold, with every signed message about it. */
export interface PurchaseRecord {
  /** Hexadecimal digest of the quote; unique. */
  readonly invoice: string
  /** The payment or reserve that it is paid from. */
  readonly payment: EntryHash
  readonly direction: 'out' | 'in'
  readonly counterparty: PeerId
  readonly items: readonly QuoteItem[]
  readonly price: MicroTokens
  /** How much of the price has been vouched for: less when a delivery broke off. */
  readonly paid: MicroTokens
  /** The voucher that covers it. */
  readonly voucher: Voucher | undefined
  readonly createdAtMs: number
  /** What the payer wanted to know; never leaves this peer. Empty for what was sold. */
  readonly question: string
  readonly quoteWire: Uint8Array
  /** The payee's signed statement of what it delivered; undefined for a delivery that broke off. */
  readonly deliveryWire: Uint8Array | undefined
}

interface PaymentFilter {
  readonly direction?: PaymentRecord['direction']
  readonly phases?: readonly PaymentPhase[]
  readonly counterparty?: PeerId
}

/** A final checkpoint as stored. */
export interface CheckpointRecord {
  readonly height: number
  readonly headerWire: Uint8Array
  readonly certificateWire: Uint8Array
}

/** The peer's own chain, the payments it takes part in, and what it knows of the whole ledger. Every method is one transaction. */
export interface LedgerStore {
  /** State after the newest own entry; undefined before `open`. */
  head(): Promise<AccountState | undefined>
  /**
   * Appends an own entry, with the payment record that belongs to it if there is one, durably and only when the head is
   * still `expectedHead`; throws `conflicting-entry` otherwise.
   */
  append(
    signed: SignedEntry,
    state: AccountState,
    expectedHead: EntryHash | undefined,
    payment?: PaymentRecord,
  ): Promise<void>
  /**
   * Takes back an own entry that can't be certified any more, and all that follow it, with their payment records; `state`
   * is the head before it (undefined before `open`). Throws `not-found` when it is unknown or certified.
   */
  discard(entryHash: EntryHash, state: AccountState | undefined): Promise<void>
  /**
   * Takes in certified own entries that another copy of this profile wrote, or that were lost here, and goes on from
   * `state`. Entries that are stored already stay as they are; an uncertified one in the place of a certified one goes.
   */
  adopt(entries: readonly LedgerRecord[], state: AccountState): Promise<void>
  /** Adds the certificate of an own entry; throws `not-found`. */
  putCertificate(entryHash: EntryHash, certificateWire: Uint8Array): Promise<void>
  /** Forgets the certificates of an own entry and of all that follow it; throws `not-found`. */
  revoke(entryHash: EntryHash): Promise<void>
  /** Own entries, newest first; those before `beforeSeq` only when it is given. */
  listEntries(options?: {
    readonly limit?: number
    readonly beforeSeq?: number
  }): Promise<readonly LedgerRecord[]>
  /** Own entries without a certificate, oldest first. */
  listUncertified(): Promise<readonly SignedEntry[]>

  /** Adds or replaces a payment. */
  putPayment(record: PaymentRecord): Promise<void>
  getPayment(payment: EntryHash): Promise<PaymentRecord | undefined>
  /** Payments that fit the filter, newest first; all without one. */
  listPayments(filter?: PaymentFilter): Promise<readonly PaymentRecord[]>

  /**
   * Adds or replaces a purchase together with the payment that it is paid from; throws `conflicting-invoice` when the
   * invoice belongs to another payment.
   */
  putPurchase(record: PurchaseRecord, payment: PaymentRecord): Promise<void>
  getPurchase(invoice: string): Promise<PurchaseRecord | undefined>
  /** Purchases, newest first; those of one payment only when it is given. */
  listPurchases(filter?: {
    readonly payment?: EntryHash
    readonly limit?: number
  }): Promise<readonly PurchaseRecord[]>
  /** Contexts delivered to others, and contexts fetched, since ever: pruning does not change them. */
  totals(): Promise<{ readonly contextsServed: number; readonly contextsFetched: number }>

  /** Keeps a checkpoint; the newest one counts, and those of other heights for as long as `prune` leaves them. */
  putCheckpoint(record: CheckpointRecord): Promise<void>
  newestCheckpoint(): Promise<CheckpointRecord | undefined>
  /** Keeps which own entry is the newest that a checkpoint contains. */
  putCheckpointedSeq(seq: number): Promise<void>
  /** −1 before the first. */
  checkpointedSeq(): Promise<number>
  /** Keeps a proof of fraud for ever; the same one again changes nothing. */
  putForkProof(wire: Uint8Array): Promise<void>
  listForkProofs(): Promise<readonly Uint8Array[]>

  /**
   * Bounds what is stored: keeps the newest `entries` certified own entries, the newest `purchases`, and every payment
   * that is not settled or that one of these names; of the checkpoints the newest only. Gives how many records went.
   */
  prune(keep: { readonly entries: number; readonly purchases: number }): Promise<number>
  close(): Promise<void>
}
