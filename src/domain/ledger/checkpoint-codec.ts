import { encodeCbor, type CborValue } from '../kernel/cbor.ts'
import { LoremeshError } from '../kernel/errors.ts'
import { taggedDigest } from '../kernel/hashing.ts'
import { readAmount, readBytes, readInteger, readTuple } from './cbor-fields.ts'
import {
  CHECKPOINT_HASH_BYTES,
  checkpointHashToDigest,
  digestToCheckpointHash,
  NO_CHECKPOINT,
  type Checkpoint,
  type CheckpointHash,
  type CheckpointHeader,
} from './checkpoint.ts'
import { decodeLimited } from './envelope.ts'
import { NETWORK_ID_BYTES } from './genesis.ts'
import { NODE_HASH_BYTES } from './merkle-sum-node.ts'
import { encodeParameters, readParameters } from './parameter-change.ts'
import { encodeRemovals, readRemovals } from './removal-codec.ts'
import { skipHeight } from './skip-links.ts'

/** Largest header on the wire. */
export const MAX_HEADER_BYTES = 512
const FACTS_DIGEST_BYTES = 32

/** The checkpoint with this header. Throws what `parseHeader` throws. */
export function createCheckpoint(header: CheckpointHeader): Checkpoint {
  return parseHeader(encodeHeader(header))
}

/**
 * Deterministic CBOR: [1, network, height, prev, skip, timeMs, accountsRoot, accountCount, balance, credit, locked, stake,
 * pending, drawn, pool, minted, burned, entryCount, parameters, removals, factsDigest].
 */
function encodeHeader(header: CheckpointHeader): Uint8Array {
  return encodeCbor([
    header.version,
    header.network,
    header.height,
    checkpointHashToDigest(header.prev),
    checkpointHashToDigest(header.skip),
    header.timeMs,
    header.accountsRoot,
    header.accountCount,
    header.balance,
    header.credit,
    header.locked,
    header.stake,
    header.pending,
    header.drawn,
    header.pool,
    header.minted,
    header.burned,
    header.entryCount,
    encodeParameters(header.parameters),
    encodeRemovals(header.removals),
    header.factsDigest,
  ])
}

/**
 * The checkpoint of a header's bytes, with everything checked that they alone can show but conservation, which
 * `isConserved` tells. Throws `message-too-large`, `bad-encoding`, `unsupported` or `bad-checkpoint`.
 */
export function parseHeader(bytes: Uint8Array): Checkpoint {
  const fields = readTuple(decodeLimited(bytes, MAX_HEADER_BYTES, 'header'), 21, 'header')
  const [version, network, heightField, prev, skip, timeMs, accountsRoot, accountCount, ...rest] = fields
  const [balance, credit, locked, stake, pending, drawn, pool, minted, burned, ...last] = rest
  const [entryCount, parameters, removals, factsDigest] = last
  if (version !== 1) {
    throw new LoremeshError(
      'unsupported',
      'The checkpoint has a version that is not known here',
      'Update Loremesh',
    )
  }
  const height = readInteger(heightField, 'height')
  const header: CheckpointHeader = {
    version,
    network: readBytes(network, NETWORK_ID_BYTES, 'network id'),
    height,
    prev: readCheckpointHash(prev, 'link to the checkpoint before'),
    skip: readCheckpointHash(skip, 'skip link'),
    timeMs: readInteger(timeMs, 'time'),
    accountsRoot: readBytes(accountsRoot, NODE_HASH_BYTES, "accounts' root"),
    accountCount: readInteger(accountCount, 'number of accounts'),
    balance: readAmount(balance, 'balance'),
    credit: readAmount(credit, 'credit'),
    locked: readAmount(locked, 'locked amount'),
    stake: readAmount(stake, 'stake'),
    pending: readAmount(pending, 'pending amount'),
    drawn: readAmount(drawn, 'drawn amount'),
    pool: readAmount(pool, 'pool'),
    minted: readAmount(minted, 'minted amount'),
    burned: readAmount(burned, 'burned amount'),
    entryCount: readInteger(entryCount, 'number of entries'),
    parameters: readParameters(parameters),
    removals: readRemovals(removals, height),
    factsDigest: readBytes(factsDigest, FACTS_DIGEST_BYTES, "facts' digest"),
  }
  checkLinks(header)
  return { header, hash: digestToCheckpointHash(taggedDigest('checkpoint', bytes)), bytes }
}

/** The hash of a CBOR field. Throws `bad-encoding`. */
export function readCheckpointHash(value: CborValue | undefined, name: string): CheckpointHash {
  return digestToCheckpointHash(readBytes(value, CHECKPOINT_HASH_BYTES, name))
}

function checkLinks({ height, prev, skip }: CheckpointHeader): void {
  if (height === 0) throw new LoremeshError('bad-checkpoint', 'The first checkpoint has height 1')
  const skipped = skipHeight(height)
  const isLinked =
    (prev === NO_CHECKPOINT) === (height === 1) &&
    (skip === NO_CHECKPOINT) === (skipped === 0) &&
    (skipped !== height - 1 || skip === prev)
  if (!isLinked)
    throw new LoremeshError('bad-checkpoint', 'The links of the checkpoint do not fit its height')
}
