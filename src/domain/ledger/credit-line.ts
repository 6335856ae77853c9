import { toMicroTokens, type MicroTokens } from '../kernel/micro-tokens.ts'
import type { NetworkParameters } from './network-parameters.ts'

/** Reputation of an account of which nothing is known, in thousandths. */
export const NEWCOMER_REPUTATION_MILLI = 500

/**
 * What a payee delivers to a payer before a voucher must come: a newcomer's line, in proportion to the reputation, and as
 * much as the payer has paid this very payee before, less what it was forgiven (`paidBefore`). So all that a payer ever
 * leaves unpaid exceeds what it has paid here by no more than a newcomer's line for each payment window, after which
 * it is forgiven, and long deliveries need few vouchers.
 */
export function creditLineFor(
  payer: { readonly reputationMilli: number; readonly paidBefore: MicroTokens },
  parameters: Pick<NetworkParameters, 'creditLine'>,
): MicroTokens {
  const trusted = (parameters.creditLine * BigInt(payer.reputationMilli)) / BigInt(NEWCOMER_REPUTATION_MILLI)
  return toMicroTokens(trusted + payer.paidBefore)
}
