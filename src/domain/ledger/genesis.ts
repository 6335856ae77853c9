import type { Account } from '../identity/account.ts'
import type { MicroTokens } from '../kernel/micro-tokens.ts'

/** What a network starts from. Its hash names the network; every peer of it holds the same one. */
export interface Genesis {
  readonly name: string
  readonly createdAtMs: number
  /** Keys of the 3f+1 authorities. */
  readonly authorities: readonly Account[]
  /** Spend-only tokens that a newcomer is granted once. */
  readonly starterGrant: MicroTokens
  /** Price of a transfer: µT for 1024 bytes. */
  readonly pricePerKb: MicroTokens
  /** How long after its timestamp a payment stays claimable, in milliseconds. */
  readonly paymentWindowMs: number
}
