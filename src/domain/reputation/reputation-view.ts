import type { Account } from '../identity/account.ts'

/** How far accounts are trusted. */
export interface ReputationView {
  /** From 0 (proved cheat) to 1. */
  reputationOf(account: Account): number
}

/** Reputation of an account about which nothing is known: the least that may earn (`min_reputation_to_earn`). */
export const NEWCOMER_REPUTATION = 0.5

/** The view of a network that keeps no record of behaviour yet: everybody is a newcomer, whatever it says about itself. */
export const newcomerReputation: ReputationView = {
  reputationOf: () => NEWCOMER_REPUTATION,
}
