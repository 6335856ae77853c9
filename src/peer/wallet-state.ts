import type { ContextHash } from '../domain/content/context-hash.ts'
import type { PeerId } from '../domain/identity/account.ts'
import type { MicroTokens } from '../domain/kernel/micro-tokens.ts'
import type { Operation } from '../domain/ledger/entry.ts'
import type { PaymentPhase } from '../ports/ledger-store.ts'

/** One delivery that was bought or sold. */
export interface WalletPurchase {
  /** Hexadecimal digest of the provider's quote. */
  readonly invoice: string
  readonly direction: 'out' | 'in'
  readonly counterparty: PeerId
  readonly timestampMs: number
  readonly contexts: readonly ContextHash[]
  readonly sizeBytes: number
  readonly price: MicroTokens
  /** How much of it was vouched for: less than the price when the delivery broke off. */
  readonly paid: MicroTokens
  /** What was asked; empty for what was sold. */
  readonly question: string
  /** Every signed message about it as JSON text, to keep, to show, or to verify. */
  readonly receipt: string
}

/** What a line of the wallet adds to each of its amounts: over all lines they add up to the amounts of `WalletState`. */
export interface WalletShares {
  readonly balance: bigint
  readonly credit: bigint
  readonly reserved: bigint
  readonly pendingOut: bigint
  readonly pendingIn: bigint
}

/**
 * Why an amount changed, one line of the wallet. Most lines are entries of the own chain; `incoming` is a payment of
 * somebody else that is not claimed yet, `earlier` what entries that are no longer kept here have left.
 */
export interface WalletEntry {
  /** Hexadecimal hash of the entry; of `incoming`, of the payer's entry. */
  readonly id: string
  /** Place in the own chain; null for `incoming`. */
  readonly seq: number | null
  readonly timestampMs: number
  readonly kind: Operation['type'] | 'incoming' | 'earlier'
  /**
   * Change of what can be spent, which is free and spend-only tokens together; negative when spent or reserved. What
   * comes changes nothing before its entry is certified.
   */
  readonly change: bigint
  /** What can be spent after it; null for `incoming`. */
  readonly after: MicroTokens | null
  readonly shares: WalletShares
  /** Free tokens that decayed since the entry before; `change` is less by them. */
  readonly decayed: MicroTokens
  /** A sentence that explains it. */
  readonly reason: string
  readonly counterparty: PeerId | null
  /** Hashes of the payments and reserves that it settles. */
  readonly settles: readonly string[]
  /** The deliveries that it pays for, or is paid for. */
  readonly purchases: readonly WalletPurchase[]
  /** `checkpointed` once a checkpoint that a quorum signed contains it. */
  readonly state: 'pending' | 'certified' | 'checkpointed'
  /** For payments and reserves: what became of it. */
  readonly phase: PaymentPhase | null
}

export interface WalletState {
  /** Free tokens, certified, without what is paid out or reserved. */
  readonly balance: MicroTokens
  /** Spend-only tokens, certified, without what is paid out or reserved. */
  readonly credit: MicroTokens
  /** Set aside for sessions and not owed (yet): what is left of it comes back. */
  readonly reserved: MicroTokens
  /** Paid for deliveries, but not claimed by the provider yet. */
  readonly pendingOut: MicroTokens
  /** Earned with deliveries and not claimed yet, or brought by an entry that is not certified yet. */
  readonly pendingIn: MicroTokens
  /** The own chain, newest first. */
  readonly entries: readonly WalletEntry[]
  /** What others owe and no entry has claimed yet, newest first. */
  readonly incoming: readonly WalletEntry[]
  readonly contextsServed: number
  readonly contextsFetched: number
  /** A sentence when the account can't be used fully, such as while no authority answers; empty otherwise. */
  readonly notice: string
}
