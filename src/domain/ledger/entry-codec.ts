import type { Identity } from '../identity/identity.ts'
import { bytesEqual } from '../kernel/bytes.ts'
import { decodeCbor, encodeCbor } from '../kernel/cbor.ts'
import { LoremeshError } from '../kernel/errors.ts'
import { taggedDigest } from '../kernel/hashing.ts'
import { readAccount, readAmount, readBytes, readEntryHash, readInteger, readTuple } from './cbor-fields.ts'
import {
  digestToEntryHash,
  ENTRY_HASH_BYTES,
  entryHashToDigest,
  type Entry,
  type EntryHash,
  type SignedEntry,
} from './entry.ts'
import { encodeEnvelope, parseEnvelope } from './envelope.ts'
import { NETWORK_ID_BYTES } from './genesis.ts'
import { encodeOperation, readOperation } from './operation-codec.ts'

/** Largest entry on the wire, unless it is a claim. */
export const MAX_ENTRY_WIRE_BYTES = 1_024
/** Largest claim on the wire: 64 sources with their vouchers. */
export const MAX_CLAIM_WIRE_BYTES = 8_192

const noParent = '0'.repeat(2 * ENTRY_HASH_BYTES) as EntryHash

/** Deterministic CBOR of the body: [v, net, acct, seq, prev, bal, credit, lock, stake, ts, ckpt, op]. */
function encodeBody(entry: Entry): Uint8Array {
  return encodeCbor([
    entry.version,
    entry.network,
    entry.account,
    entry.seq,
    entryHashToDigest(entry.prev ?? noParent),
    entry.balance,
    entry.credit,
    entry.locked,
    entry.stake,
    entry.timestampMs,
    entry.checkpoint,
    encodeOperation(entry.operation),
  ])
}

/** Signs an entry of the identity's own account. Throws `bad-input` for another account, and what `parseEntry` throws. */
export function signEntry(identity: Pick<Identity, 'account' | 'sign'>, entry: Entry): SignedEntry {
  if (!bytesEqual(identity.account, entry.account)) {
    throw new LoremeshError('bad-input', 'An account signs its own entries only')
  }
  const bytes = encodeBody(entry)
  return parseEntry(encodeEnvelope(bytes, identity.sign(taggedDigest('entry', bytes))))
}

/**
 * The entry of a wire form, with everything checked that the bytes alone can show except the signature, which
 * `verifyEntry` checks. Throws `message-too-large`, `bad-encoding`, `unsupported` or `bad-entry`.
 */
export function parseEntry(wire: Uint8Array): SignedEntry {
  const { bytes, signature } = parseEnvelope(wire, MAX_CLAIM_WIRE_BYTES, 'entry')
  const entry = parseBody(bytes)
  if (entry.operation.type !== 'claim' && wire.length > MAX_ENTRY_WIRE_BYTES) {
    throw new LoremeshError(
      'message-too-large',
      `The entry has ${wire.length} bytes, ${MAX_ENTRY_WIRE_BYTES} are allowed`,
    )
  }
  return { entry, hash: digestToEntryHash(taggedDigest('entry', bytes)), bytes, signature, wire }
}

function parseBody(bytes: Uint8Array): Entry {
  const fields = readTuple(decodeCbor(bytes), 12, 'entry')
  const [version, network, account, seq, prev, balance, credit, locked, stake, timestampMs, checkpoint, op] =
    fields
  if (version !== 1) {
    throw new LoremeshError(
      'unsupported',
      'The entry has a version that is not known here',
      'Update Loremesh',
    )
  }
  const parent = readEntryHash(prev, 'parent hash')
  const entry: Entry = {
    version,
    network: readBytes(network, NETWORK_ID_BYTES, 'network id'),
    account: readAccount(account, 'account'),
    seq: readInteger(seq, 'seq'),
    prev: parent === noParent ? null : parent,
    balance: readAmount(balance, 'balance'),
    credit: readAmount(credit, 'credit'),
    locked: readAmount(locked, 'locked amount'),
    stake: readAmount(stake, 'stake'),
    timestampMs: readInteger(timestampMs, 'timestamp'),
    checkpoint: readInteger(checkpoint, 'checkpoint'),
    operation: readOperation(op),
  }
  const isFirst = entry.seq === 0
  if (isFirst !== (entry.prev === null) || isFirst !== (entry.operation.type === 'open')) {
    throw new LoremeshError('bad-entry', 'Exactly the entry with seq 0 opens an account and has no parent')
  }
  return entry
}
