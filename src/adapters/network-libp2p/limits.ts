import { CREDIT_BYTES } from '../../protocols/fetch.ts'
import type { RateLimit } from '../../domain/kernel/token-bucket.ts'

/** What this peer allows others and how long it waits for them. */
export interface NetworkLimits {
  /** Direct links at the same time, servers not counted. */
  readonly maxDirectLinks: number
  /** Streams that one connection may open for one protocol; one is enough, a second one replaces a broken first. */
  readonly maxStreams: number
  /** Requests of one stream that are worked on at the same time. */
  readonly maxInFlight: number
  readonly searchRate: RateLimit
  readonly fetchRate: RateLimit
  /** Parts of the ledger that one peer reads: 512 entries each. */
  readonly logRate: RateLimit
  /** Vouchers of one peer that are looked at; of those that come faster only the newest are. */
  readonly voucherRate: RateLimit
  /** Time that this peer's own handlers get for an inbound request, and for each context of a delivery. */
  readonly handlerTimeoutMs: number
  /** Time that another peer gets to answer a request. */
  readonly answerTimeoutMs: number
  /** A delivery that makes no progress for this long, on either side, is given up. */
  readonly stallMs: number
  /** Payload that a provider may send ahead. */
  readonly creditBytes: number
}

export const defaultLimits: NetworkLimits = {
  maxDirectLinks: 32,
  maxStreams: 4,
  maxInFlight: 16,
  searchRate: { burst: 20, perSecond: 10 },
  fetchRate: { burst: 64, perSecond: 32 },
  logRate: { burst: 64, perSecond: 4 },
  voucherRate: { burst: 512, perSecond: 256 },
  handlerTimeoutMs: 10_000,
  answerTimeoutMs: 15_000,
  stallMs: 5_000,
  creditBytes: CREDIT_BYTES,
}
