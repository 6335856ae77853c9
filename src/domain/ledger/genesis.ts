import type { Account } from '../identity/account.ts'
import { encodeCbor } from '../kernel/cbor.ts'
import { sha256Digest } from '../kernel/hashing.ts'
import { parametersOf, type CheckpointTerms, type NetworkParameters } from './network-parameters.ts'

/**
 * What a network starts from, with the parameters that are in force until a checkpoint changes them. Its hash names the
 * network; every peer of it holds the same one.
 */
export interface Genesis extends NetworkParameters {
  readonly name: string
  readonly createdAtMs: number
  /** Keys of the 3f+1 authorities. */
  readonly authorities: readonly Account[]
  /** How long after its timestamp a payment stays claimable, in milliseconds. */
  readonly paymentWindowMs: number
  /** How often the authorities sign a checkpoint, in milliseconds. */
  readonly checkpointIntervalMs: number
}

export const NETWORK_ID_BYTES = 8
/** Most authorities of a network: all of their signatures still fit into an entry that collects a grant. */
export const MAX_AUTHORITIES = 10
/** Longest payment window: a day. */
export const MAX_PAYMENT_WINDOW_MS = 86_400_000
/** Longest time between two checkpoints: an hour. */
export const MAX_CHECKPOINT_INTERVAL_MS = 3_600_000

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

/** What stands for the checkpoint of height 0. */
export function beginningOf(genesis: Genesis): CheckpointTerms {
  return { timeMs: genesis.createdAtMs, parameters: parametersOf(genesis), removals: [] }
}

/** Votes that make an entry final: 2f+1 of the 3f+1 authorities, of which f may be faulty. */
export function quorumOf(genesis: Pick<Genesis, 'authorities'>): number {
  return 2 * Math.floor((genesis.authorities.length - 1) / 3) + 1
}
