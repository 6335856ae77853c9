import type { MicroTokens } from '../kernel/micro-tokens.ts'
import type { Removals } from './removals.ts'

/**
 * Numbers of a network that its authorities may change, each from a checkpoint on. Whether a spend is right depends on none
 * of them.
 */
export interface NetworkParameters {
  /** Spend-only tokens that a newcomer is granted once. */
  readonly starterGrant: MicroTokens
  /** Price of a transfer: µT for 1024 bytes. */
  readonly pricePerKb: MicroTokens
  /** What a payee trusts a newcomer with before a voucher, or before a quorum has certified anything. */
  readonly creditLine: MicroTokens
  /** Millionths of the free balance above `decayExempt` that return to the pool each UTC day. */
  readonly decayPerDayPpm: number
  /** Free balance that never decays. */
  readonly decayExempt: MicroTokens
}

/** The parameters alone of whatever holds them. */
export function parametersOf(holder: NetworkParameters): NetworkParameters {
  const { starterGrant, pricePerKb, creditLine, decayPerDayPpm, decayExempt } = holder
  return { starterGrant, pricePerKb, creditLine, decayPerDayPpm, decayExempt }
}

/** What entries are judged by in the checkpoint that they name. */
export interface CheckpointTerms {
  readonly timeMs: number
  /** In force from this checkpoint on. */
  readonly parameters: NetworkParameters
  /** Whose votes don't count from this checkpoint, or an earlier one, on. */
  readonly removals: Removals
}
