import type { Account } from '../../domain/identity/account.ts'
import { SIGNATURE_BYTES } from '../../domain/identity/signature.ts'
import { bytesEqual, bytesToHexText } from '../../domain/kernel/bytes.ts'
import { decodeCbor, encodeCbor, type CborValue } from '../../domain/kernel/cbor.ts'
import { readBytes, readList, readTuple } from '../../domain/ledger/cbor-fields.ts'
import { createCertificate, type CertifiedEntry } from '../../domain/ledger/certificate.ts'
import { parseEntry } from '../../domain/ledger/entry-codec.ts'
import { entryHashToDigest, type EntryHash } from '../../domain/ledger/entry.ts'
import { encodeEnvelope } from '../../domain/ledger/envelope.ts'
import { encodeVotes, readVotes } from '../../domain/ledger/vote.ts'
import type { Run, SegmentRow } from './schema.ts'

// A row for each entry would spend more on keys, and on what entries have in common, than on what is new in each. So many
// entries share a row, compressed and ordered by account: then the parent of most is the entry before, whose hash need
// not be stored, and what remains are signatures and digests that nothing can compress. With four authorities and 100
// accounts in batches of 500 that is 355 bytes an entry, 382 on the disk, where a row each takes 530.

/** Entries of one row at most: rows are read whole. */
export const MAX_SEGMENT_ENTRIES = 128

/** Number of fields of an entry's body, and the place of the parent's hash among them. */
const BODY_FIELDS = 12
const PARENT_FIELD = 4

/** Half of an account's bytes name its chain in the index: nobody can make an account that has those of another one. */
const CHAIN_KEY_BYTES = 16

/** What an account's chain is found by. */
export function toChainKey(account: Account): Uint8Array {
  return new Uint8Array(account.subarray(0, CHAIN_KEY_BYTES))
}

/** Entries by account, each once and oldest first. */
export function toChains(entries: readonly CertifiedEntry[]): CertifiedEntry[][] {
  const chains = new Map<string, Map<number, CertifiedEntry>>()
  for (const certified of entries) {
    const { account, seq } = certified.signed.entry
    const name = bytesToHexText(account)
    const chain = chains.get(name)
    if (chain === undefined) chains.set(name, new Map([[seq, certified]]))
    else if (!chain.has(seq)) chain.set(seq, certified)
  }
  return [...chains.values()].map((chain) =>
    [...chain.values()].sort((a, b) => a.signed.entry.seq - b.signed.entry.seq),
  )
}

/** The rows, of about equal size, that hold entries; those of an account come together and oldest first. */
export async function packSegments(entries: readonly CertifiedEntry[]): Promise<SegmentRow[]> {
  const segmentCount = Math.ceil(entries.length / MAX_SEGMENT_ENTRIES)
  const size = Math.ceil(entries.length / segmentCount)
  return Promise.all(
    Array.from({ length: segmentCount }, (_, at) => packSegment(entries.slice(at * size, (at + 1) * size))),
  )
}

/** The entries of a row, all or those of one account. */
export async function unpackSegment(row: SegmentRow, account?: Account): Promise<CertifiedEntry[]> {
  const packed = await pipeThrough(row.packed, new DecompressionStream('deflate-raw'))
  const runs = readTuple(decodeCbor(packed), row.runs.length, 'segment')
  if (account === undefined) return runs.flatMap(readRun)
  const chain = toChainKey(account)
  return runs.filter((_, at) => bytesEqual(chain, row.runs[at]?.[0] ?? account)).flatMap(readRun)
}

async function packSegment(entries: readonly CertifiedEntry[]): Promise<SegmentRow> {
  const runs = toRuns(entries)
  const plain = encodeCbor(runs.map((run) => run.map(encodeArchived)))
  const packed = await pipeThrough(plain, new CompressionStream('deflate-raw'))
  return {
    runs: runs.flatMap(rangeOf),
    newestMs: Math.max(...entries.map(({ signed }) => signed.entry.timestampMs)),
    count: entries.length,
    bytes: packed.length,
    packed,
  }
}

/** Ordered entries, cut wherever one is not the parent of the next. */
function toRuns(entries: readonly CertifiedEntry[]): CertifiedEntry[][] {
  const runs: CertifiedEntry[][] = []
  for (const certified of entries) {
    const run = runs.at(-1)
    const { prev } = certified.signed.entry
    if (run !== undefined && prev === run.at(-1)?.signed.hash) run.push(certified)
    else runs.push([certified])
  }
  return runs
}

function rangeOf(run: readonly CertifiedEntry[]): Run[] {
  const [first] = run
  if (first === undefined) return []
  const { account, seq } = first.signed.entry
  return [[toChainKey(account), seq, seq + run.length - 1]]
}

/** CBOR form of an entry in a run: [fields of its body, signature, votes], without its parent's hash after the first. */
function encodeArchived({ signed, certificate }: CertifiedEntry, at: number): CborValue {
  const fields = readTuple(decodeCbor(signed.bytes), BODY_FIELDS, 'body')
  const body = at === 0 ? fields : fields.with(PARENT_FIELD, null)
  return [body, signed.signature, encodeVotes(certificate.votes)]
}

function readRun(run: CborValue): CertifiedEntry[] {
  let parent: EntryHash | undefined
  return readList(run, MAX_SEGMENT_ENTRIES, 'run').map((archived) => {
    const [body, signature, votes] = readTuple(archived, 3, 'archived entry')
    const fields = readTuple(body, BODY_FIELDS, 'body')
    const bytes = encodeCbor(
      parent === undefined ? fields : fields.with(PARENT_FIELD, entryHashToDigest(parent)),
    )
    const signed = parseEntry(encodeEnvelope(bytes, readBytes(signature, SIGNATURE_BYTES, 'signature')))
    parent = signed.hash
    return { signed, certificate: createCertificate(signed, readVotes(votes)) }
  })
}

async function pipeThrough(
  bytes: Uint8Array,
  stream: CompressionStream | DecompressionStream,
): Promise<Uint8Array> {
  const piped = new Blob([new Uint8Array(bytes)]).stream().pipeThrough(stream)
  return new Uint8Array(await new Response(piped).arrayBuffer())
}
