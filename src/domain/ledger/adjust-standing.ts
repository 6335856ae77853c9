import { LoremeshError } from '../kernel/errors.ts'
import { sumTokens, toMicroTokens, ZERO_TOKENS, type MicroTokens } from '../kernel/micro-tokens.ts'
import type { LedgerLookup, Standing } from './effect.ts'
import type { Genesis } from './genesis.ts'

const DAY_MS = 86_400_000
const PPM = 1_000_000n

/** A standing after the facts of checkpoints, and what they took from it for the pool. */
export interface Adjusted {
  readonly standing: Standing
  readonly toPool: MicroTokens
}

/**
 * What the checkpoints above `fromHeight`, up to `toHeight`, make of a standing: the free balance decays by UTC days, and
 * a proven fraud has cost stake. It is done when the account writes its next entry, so that nobody has to touch every
 * account each day. Throws `not-found` for a checkpoint that is not known (yet).
 */
export function adjustStanding(
  standing: Standing,
  fromHeight: number,
  toHeight: number,
  lookup: LedgerLookup,
): Adjusted {
  if (fromHeight === toHeight) return { standing, toPool: ZERO_TOKENS }
  const days = dayOf(toHeight, lookup) - dayOf(fromHeight, lookup)
  const decay = decayOf(standing.balance, days, lookup.genesis)
  const slashed = lookup.slashed(standing.account, fromHeight, toHeight)
  const fromStake = slashed < standing.stake ? slashed : standing.stake
  return {
    standing: {
      ...standing,
      balance: toMicroTokens(standing.balance - decay),
      stake: toMicroTokens(standing.stake - fromStake),
    },
    toPool: sumTokens([decay, fromStake]),
  }
}

/** What a free balance loses in so many days, rounded down each day. */
export function decayOf(balance: MicroTokens, days: number, genesis: Genesis): MicroTokens {
  const { decayExempt, decayPerDayPpm } = genesis
  let left: bigint = balance
  for (let day = 0; day < days && left > decayExempt; day++) {
    const loss = ((left - decayExempt) * BigInt(decayPerDayPpm)) / PPM
    if (loss === 0n) break
    left -= loss
  }
  return toMicroTokens(balance - left)
}

function dayOf(height: number, lookup: LedgerLookup): number {
  const checkpoint = lookup.checkpoint(height)
  if (checkpoint === undefined) {
    throw new LoremeshError(
      'not-found',
      `Checkpoint ${height} is not known here`,
      'Send it first, or try again',
    )
  }
  return Math.floor(checkpoint.timeMs / DAY_MS)
}
