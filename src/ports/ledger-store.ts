import type { PeerId } from '../domain/identity/account.ts'
import type { MicroTokens } from '../domain/kernel/micro-tokens.ts'
import type { AccountState } from '../domain/ledger/account-state.ts'
import type { EntryHash, SignedEntry } from '../domain/ledger/entry.ts'
import type { QuoteItem } from '../domain/ledger/quote.ts'

/** An entry of the own chain as stored: `certificateWire` once it is certified. */
export interface LedgerRecord {
  readonly signed: SignedEntry
  readonly certificateWire: Uint8Array | undefined
}

/** What became of a payment, as far as this peer knows. */
export type PaymentPhase = 'signed' | 'certified' | 'delivered' | 'claimed' | 'reclaimed' | 'lapsed'

/** A payment that this peer makes or receives, with every signed message that proves it. */
export interface PaymentRecord {
  readonly payment: EntryHash
  readonly direction: 'out' | 'in'
  readonly counterparty: PeerId
  readonly amount: MicroTokens
  readonly fromCredit: MicroTokens
  /** Hexadecimal digest of the quote; unique. */
  readonly invoice: string
  readonly items: readonly QuoteItem[]
  readonly createdAtMs: number
  readonly expiresAtMs: number
  readonly phase: PaymentPhase
  /** What the payer wanted to know; never leaves this peer. Empty for incoming payments. */
  readonly question: string
  readonly quoteWire: Uint8Array
  readonly payWire: Uint8Array
  readonly certificateWire: Uint8Array | undefined
  /** The payee's signed statement of what it delivered. */
  readonly deliveryWire: Uint8Array | undefined
  /** The payer's 64-byte signature that the contents came and fit. */
  readonly ack: Uint8Array | undefined
}

/** The peer's own chain and the payments it takes part in. Every method is one transaction. */
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
   * Takes back the newest own entry, which the authorities refused and nobody else has seen, and its payment record;
   * `state` is the head before it (undefined before `open`). Throws `not-found` when the newest entry is another one or
   * certified.
   */
  discard(entryHash: EntryHash, state: AccountState | undefined): Promise<void>
  /** Adds the certificate of an own entry; throws `not-found`. */
  putCertificate(entryHash: EntryHash, certificateWire: Uint8Array): Promise<void>
  /** Own entries, newest first. */
  listEntries(options?: { readonly limit?: number }): Promise<readonly LedgerRecord[]>
  /** Own entries without a certificate, oldest first. */
  listUncertified(): Promise<readonly SignedEntry[]>

  /** Adds or replaces a payment; throws `conflicting-invoice` when another payment carries its invoice. */
  putPayment(record: PaymentRecord): Promise<void>
  getPayment(payment: EntryHash): Promise<PaymentRecord | undefined>
  getPaymentByInvoice(invoice: string): Promise<PaymentRecord | undefined>
  /** Payments of a direction and in one of the phases, newest first; all without a filter. */
  listPayments(filter?: {
    readonly direction?: PaymentRecord['direction']
    readonly phases?: readonly PaymentPhase[]
  }): Promise<readonly PaymentRecord[]>
  /** Contexts delivered to others, and contexts fetched: those whose delivery was right and so acknowledged. */
  totals(): Promise<{ readonly contextsServed: number; readonly contextsFetched: number }>
  close(): Promise<void>
}
