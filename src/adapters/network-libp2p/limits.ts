import type { RateLimit } from '../../domain/kernel/token-bucket.ts'
import { CREDIT_BYTES } from '../../protocols/fetch.ts'
import { peerProtocols, type ProtocolLimits } from '../../protocols/protocol-limits.ts'

/** What this peer allows others and how long it waits for them. */
export interface NetworkLimits {
  /** Direct links at the same time, servers not counted. */
  readonly maxDirectLinks: number
  /** What others may ask, by what this peer serves. */
  readonly protocols: Readonly<Record<keyof typeof peerProtocols, ProtocolLimits>>
  /** Vouchers of one peer that are looked at; of those that come faster only the newest are. */
  readonly voucherRate: RateLimit
  /** Time that another peer gets to answer a request. */
  readonly answerTimeoutMs: number
  /** A delivery that makes no progress for this long, on either side, is given up. */
  readonly stallMs: number
  /** Payload that a provider may send ahead. */
  readonly creditBytes: number
}

export const defaultLimits: NetworkLimits = {
  maxDirectLinks: 32,
  protocols: peerProtocols,
  voucherRate: { burst: 512, perSecond: 256 },
  answerTimeoutMs: 15_000,
  stallMs: 5_000,
  creditBytes: CREDIT_BYTES,
}
