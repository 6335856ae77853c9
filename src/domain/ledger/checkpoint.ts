import { bytesEqual, bytesToHexText, hexTextToBytes } from '../kernel/bytes.ts'
import type { MicroTokens } from '../kernel/micro-tokens.ts'
import type { AccountsSummary } from './account-proof.ts'
import { factsDigest } from './fact-codec.ts'
import { changesAmong, mintedBy, removedBy, type Fact } from './fact.ts'
import type { NetworkParameters } from './network-parameters.ts'
import { changesBetween, isSameChange } from './parameter-change.ts'
import { areSameRemovals, withRemovals, type Removals } from './removals.ts'
import type { Vote } from './vote.ts'

declare const checkpointHash: unique symbol
/** 64 lower-case hexadecimal digits: SHA256("loremesh/checkpoint/1\0" ‖ header bytes). */
export type CheckpointHash = string & { readonly [checkpointHash]: true }

export const CHECKPOINT_HASH_BYTES = 32
/** Stands for the checkpoint of height 0, which is no checkpoint: what a network starts from. */
export const NO_CHECKPOINT = '0'.repeat(2 * CHECKPOINT_HASH_BYTES) as CheckpointHash

/** What the authorities agree on at a height: every account, payment and fact, in one hash. Amounts in µT. */
export interface CheckpointHeader extends AccountsSummary {
  readonly version: 1
  /** First 8 bytes of the SHA-256 of the genesis. */
  readonly network: Uint8Array
  /** 1 for the first checkpoint, then one more each. */
  readonly height: number
  /** The checkpoint before; `NO_CHECKPOINT` at height 1. */
  readonly prev: CheckpointHash
  /** The checkpoint at `skipHeight(height)`; `NO_CHECKPOINT` where that is 0. */
  readonly skip: CheckpointHash
  readonly timeMs: number
  /** Sum of all payments that left their payer and that nobody has claimed or taken back. */
  readonly pending: MicroTokens
  /** Sum of what was claimed from reserves that are locked still, because their payer has not released the rest. */
  readonly drawn: MicroTokens
  readonly pool: MicroTokens
  /** Everything that ever came into being. */
  readonly minted: MicroTokens
  /** Everything that ever ceased to be. */
  readonly burned: MicroTokens
  /** Number of all certified entries. */
  readonly entryCount: number
  /** In force from this checkpoint on, its own facts included. */
  readonly parameters: NetworkParameters
  /** All authorities removed so far, by its own facts included. */
  readonly removals: Removals
  readonly factsDigest: Uint8Array
}

/** A checkpoint with the exact bytes of its header that were hashed. Whether it is final, its certificate says. */
export interface Checkpoint {
  readonly header: CheckpointHeader
  readonly hash: CheckpointHash
  readonly bytes: Uint8Array
}

/** Precommits of at least 2f+1 of 3f+1 authorities in one round: the checkpoint is final. */
export interface CheckpointCertificate {
  readonly height: number
  readonly round: number
  readonly hash: CheckpointHash
  readonly votes: readonly Vote[]
}

/** A checkpoint with its certificate: what peers tell each other and keep. */
export interface SignedCheckpoint extends Checkpoint {
  readonly certificate: CheckpointCertificate
}

/** The hash whose 32-byte digest is given. */
export function digestToCheckpointHash(digest: Uint8Array): CheckpointHash {
  return bytesToHexText(digest) as CheckpointHash
}

/** The 32-byte digest of a hash. */
export function checkpointHashToDigest(hash: CheckpointHash): Uint8Array {
  return hexTextToBytes(hash)
}

/**
 * Whether every token that came into being and did not cease to be is in an account, on its way, or in the pool. What was
 * drawn from reserves is counted twice, in the payee's account and as locked, and therefore taken off.
 */
export function isConserved(header: CheckpointHeader): boolean {
  const { balance, credit, locked, stake, pending, pool, drawn, minted, burned } = header
  return balance + credit + locked + stake + pending + pool - drawn === minted - burned
}

/**
 * Whether these are the facts of the checkpoint, its grants are exactly what came into being since the one before, and its
 * parameters and removals differ from those before in exactly what the facts state.
 */
export function factsMatch(
  previous: Pick<CheckpointHeader, 'minted' | 'parameters' | 'removals'>,
  header: CheckpointHeader,
  facts: readonly Fact[],
): boolean {
  const changes = changesBetween(previous.parameters, header.parameters)
  const stated = changesAmong(facts)
  const removals = withRemovals(previous.removals, removedBy(facts), header.height)
  return (
    bytesEqual(factsDigest(facts), header.factsDigest) &&
    header.minted - previous.minted === mintedBy(facts) &&
    areSameRemovals(header.removals, removals) &&
    changes.length === stated.length &&
    changes.every((change) => stated.some((other) => isSameChange(change, other)))
  )
}
