/** Reputation of an account about which nothing is known: the least that may earn (`min_reputation_to_earn`). */
export const NEWCOMER_REPUTATION = 0.5
