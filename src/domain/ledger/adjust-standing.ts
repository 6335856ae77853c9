import { LoremeshError } from '../kernel/errors.ts'
import { sumTokens, toMicroTokens, ZERO_TOKENS, type MicroTokens } from '../kernel/micro-tokens.ts'
import type { LedgerLookup, Standing } from './effect.ts'
import type { CheckpointTerms, NetworkParameters } from './network-parameters.ts'

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
 * account each day. All days decay by the parameters of the checkpoint at `toHeight`. Throws `not-found` for a checkpoint
 * that is not known (yet).
 */
export function adjustStanding(
  standing: Standing,
  fromHeight: number,
  toHeight: number,
  lookup: LedgerLookup,
): Adjusted {
  if (fromHeight === toHeight) return { standing, toPool: ZERO_TOKENS }
  const { timeMs, parameters } = requireCheckpoint(toHeight, lookup)
  const days = utcDay(timeMs) - utcDay(requireCheckpoint(fromHeight, lookup).timeMs)
  const decay = decayOf(standing.balance, days, parameters)
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

type DecayParameters = Pick<NetworkParameters, 'decayExempt' | 'decayPerDayPpm'>

/** What a free balance loses in so many days, rounded down each day. */
export function decayOf(balance: MicroTokens, days: number, parameters: DecayParameters): MicroTokens {
  const { decayExempt, decayPerDayPpm } = parameters
  let left: bigint = balance
  for (let day = 0; day < days && left > decayExempt; day++) {
    const loss = ((left - decayExempt) * BigInt(decayPerDayPpm)) / PPM
    if (loss === 0n) break
    left -= loss
  }
  return toMicroTokens(balance - left)
}

function requireCheckpoint(height: number, lookup: LedgerLookup): CheckpointTerms {
  const checkpoint = lookup.checkpoint(height)
  if (checkpoint === undefined) {
    throw new LoremeshError(
      'not-found',
      `Checkpoint ${height} is not known here`,
      'Send it first, or try again',
    )
  }
  return checkpoint
}

function utcDay(timeMs: number): number {
  return Math.floor(timeMs / DAY_MS)
}
