import type { Account } from '../identity/account.ts'
import { encodeCbor } from '../kernel/cbor.ts'
import { sha256Digest } from '../kernel/hashing.ts'
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
  /** How often the authorities sign a checkpoint, in milliseconds. */
  readonly checkpointIntervalMs: number
  /** What a payee trusts a newcomer with before a voucher, or before a quorum has certified anything. */
  readonly creditLine: MicroTokens
  /** Millionths of the free balance above `decayExempt` that return to the pool each UTC day. */
  readonly decayPerDayPpm: number
  /** Free balance that never decays. */
  readonly decayExempt: MicroTokens
}

export const NETWORK_ID_BYTES = 8
/** Most authorities of a network: all of their signatures still fit into an entry that collects a grant. */
export const MAX_AUTHORITIES = 10
/** Longest payment window: a day. */
export const MAX_PAYMENT_WINDOW_MS = 86_400_000
/** Longest time between two checkpoints: an hour. */
export const MAX_CHECKPOINT_INTERVAL_MS = 3_600_000
/** Fastest decay: a tenth of the balance a day. */
export const MAX_DECAY_PER_DAY_PPM = 100_000

/**
 * Deterministic CBOR: [1, name, createdAtMs, [authority…], starterGrant, pricePerKb, paymentWindowMs,
 * checkpointIntervalMs, creditLine, decayPerDayPpm, decayExempt].
 */
function encodeGenesis(genesis: Genesis): Uint8Array {
  const { name, createdAtMs, authorities, starterGrant, pricePerKb, paymentWindowMs } = genesis
  const { checkpointIntervalMs, creditLine, decayPerDayPpm, decayExempt } = genesis
  const amounts = [starterGrant, pricePerKb, paymentWindowMs, checkpointIntervalMs, creditLine]
  return encodeCbor([1, name, createdAtMs, authorities, ...amounts, decayPerDayPpm, decayExempt])
}

const networkIds = new WeakMap<Genesis, Uint8Array>()

/** Names the network: the first 8 bytes of SHA-256(genesis bytes). Remembered for each genesis object. */
export function networkIdOf(genesis: Genesis): Uint8Array {
  let id = networkIds.get(genesis)
  if (id === undefined) {
    id = sha256Digest(encodeGenesis(genesis)).slice(0, NETWORK_ID_BYTES)
    networkIds.set(genesis, id)
  }
  return id
}

/** Votes that make an entry final: 2f+1 of the 3f+1 authorities, of which f may be faulty. */
export function quorumOf(genesis: Pick<Genesis, 'authorities'>): number {
  return 2 * Math.floor((genesis.authorities.length - 1) / 3) + 1
}
