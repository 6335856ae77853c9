import type { MicroTokens } from '../kernel/micro-tokens.ts'
import { parameters } from './parameters.ts'

/** What is known of somebody who offers a context. */
export interface ProviderStanding {
  /** From 0 (proved cheat) to 1. */
  readonly reputation: number
  /** What others paid it within 7 days, in µT. */
  readonly earned7d: MicroTokens
  /** Accounts that are known to have paid it; those of who is not known count as none. */
  readonly distinctPayers: number
  /** Round trip in ms; NaN when unknown. */
  readonly latencyMs: number
  /** How often, lately, it did not deliver what it was said or said itself to have. */
  readonly misses: number
}

/** Somebody whom fewer accounts have paid is a newcomer. */
export const ESTABLISHED_PAYERS = 5
/** All newcomers together are drawn at most so often while somebody established offers the same. */
const NEWCOMER_SHARE = 0.1
/** From this round trip on, and when none is known, somebody weighs half. */
const FAR_MS = 1_000

/**
 * Everybody who may be bought from, in the order in which to try them, as economy.md has it: drawn at random, weighted
 * towards those that earned least, then towards the nearest; those without the reputation to earn are left out. Whoever
 * lately did not deliver comes after all others: records of providers are only claims, and keys to make them cost nothing.
 * `random` gives numbers from 0 to below 1.
 *
 * A weight is 1 / (1 + earned / mean earned), times 1 to 1/2 by distance. Drawing one after another without putting back is
 * sorting by −ln(u) / weight (Efraimidis and Spirakis, 2006).
 */
export function drawProviders<T>(
  offered: readonly (readonly [T, ProviderStanding])[],
  random: () => number,
): readonly T[] {
  const admitted = offered.filter(
    ([, { reputation }]) => reputation >= parameters.min_reputation_to_earn.default,
  )
  const weights = weigh(admitted.map(([, standing]) => standing))
  return admitted
    .map(([item, { misses }], at) => ({ item, misses, key: -Math.log(1 - random()) / (weights[at] ?? 1) }))
    .sort((a, b) => a.misses - b.misses || a.key - b.key)
    .map(({ item }) => item)
}

/** How likely each is to be drawn first, relative to the others. */
function weigh(standings: readonly ProviderStanding[]): readonly number[] {
  const meanEarned = standings.reduce((sum, { earned7d }) => sum + Number(earned7d), 0) / standings.length
  const weights = standings.map(({ earned7d, latencyMs }) => {
    const distance = Number.isNaN(latencyMs) ? 1 : Math.min(1, Math.max(0, latencyMs / FAR_MS))
    return 1 / (1 + (meanEarned > 0 ? Number(earned7d) / meanEarned : 0)) / (1 + distance)
  })
  const isNew = standings.map(({ distinctPayers }) => distinctPayers < ESTABLISHED_PAYERS)
  const total = (ofNew: boolean): number =>
    weights.reduce((sum, weight, at) => (isNew[at] === ofNew ? sum + weight : sum), 0)
  const allowed = (total(false) * NEWCOMER_SHARE) / (1 - NEWCOMER_SHARE)
  const scale = allowed > 0 && total(true) > allowed ? allowed / total(true) : 1
  return weights.map((weight, at) => (isNew[at] === true ? weight * scale : weight))
}
