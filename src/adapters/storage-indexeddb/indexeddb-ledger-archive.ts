import type { Account } from '../../domain/identity/account.ts'
import { bytesToHexText } from '../../domain/kernel/bytes.ts'
import type { CertifiedEntry } from '../../domain/ledger/certificate.ts'
import type { LedgerArchive } from '../../ports/ledger-archive.ts'
import { MAX_SEGMENT_ENTRIES, packSegments, unpackSegment } from './archive-segment.ts'
import type { ArchiveDatabase, Run, SegmentRow } from './schema.ts'
import { withStorageErrors } from './storage-errors.ts'

/** What the index by age says of a segment. */
interface SegmentInfo {
  readonly id: number
  readonly newestMs: number
  readonly count: number
  readonly bytes: number
}

/** Segments that are less full than this are put together when the archive is pruned. */
const SMALL_SEGMENT_ENTRIES = MAX_SEGMENT_ENTRIES / 2
/** How many entries are put together at once: so many that most accounts have several. */
const MERGED_ENTRIES = 16 * MAX_SEGMENT_ENTRIES

/** An archive over an open database, which no other tab writes. */
export function createIndexedDbLedgerArchive(database: ArchiveDatabase): LedgerArchive {
  const { segments } = database
  let queue: Promise<unknown> = Promise.resolve()

  /** Runs a write after all earlier ones: compressing outlasts a transaction, so each looks and stores in several. */
  function inTurn<T>(task: () => Promise<T>): Promise<T> {
    const run = queue.then(() => withStorageErrors(task))
    queue = run.catch(() => undefined)
    return run
  }

  /** The runs of an account that can contain a seq from `first` to `last`, ascending. */
  const runsOf = (account: Account, first = 0, last = Infinity) =>
    segments
      .where('runs')
      .between([account, first - MAX_SEGMENT_ENTRIES], [account, last, Infinity], true, true)

  /** The entries that are not there yet. */
  async function withoutKnown(batch: readonly CertifiedEntry[]): Promise<CertifiedEntry[]> {
    const byAccount = new Map<string, CertifiedEntry[]>()
    for (const certified of batch) {
      const name = bytesToHexText(certified.signed.entry.account)
      const chain = byAccount.get(name)
      if (chain === undefined) byAccount.set(name, [certified])
      else chain.push(certified)
    }
    const rest = await database.transaction('r', segments, () =>
      Promise.all([...byAccount.values()].map(unknownOf)),
    )
    return rest.flat()
  }

  async function unknownOf(chain: readonly CertifiedEntry[]): Promise<CertifiedEntry[]> {
    const [some] = chain
    if (some === undefined) return []
    const seqs = chain.map(({ signed }) => signed.entry.seq)
    const known = await runsOf(some.signed.entry.account, Math.min(...seqs), Math.max(...seqs)).keys()
    const contains = (seq: number) => (run: unknown) => {
      const [, first, last] = run as Run
      return first <= seq && seq <= last
    }
    return chain.filter(({ signed }) => !known.some(contains(signed.entry.seq)))
  }

  /** The rows with the first `limit` entries of an account from a seq on. */
  function readRows(account: Account, fromSeq: number, limit: number): Promise<SegmentRow[]> {
    return database.transaction('r', segments, async () => {
      const ids = new Set<number>()
      let found = 0
      await runsOf(account, fromSeq).eachKey((key, { primaryKey }) => {
        const [, first, last] = key as Run
        if (last < fromSeq || found >= limit) return
        ids.add(primaryKey)
        found += last - Math.max(first, fromSeq) + 1
      })
      return readSegments([...ids])
    })
  }

  async function readSegments(ids: number[]): Promise<SegmentRow[]> {
    return (await segments.bulkGet(ids)).filter((row) => row !== undefined)
  }

  /** All segments, the one whose newest entry is the oldest first. */
  async function listSegments(): Promise<SegmentInfo[]> {
    const infos: SegmentInfo[] = []
    await segments.orderBy('[newestMs+count+bytes]').eachKey((key, { primaryKey }) => {
      const [newestMs, count, bytes] = key as [number, number, number]
      infos.push({ id: primaryKey, newestMs, count, bytes })
    })
    return infos
  }

  const sum = (infos: readonly SegmentInfo[], field: 'count' | 'bytes'): number =>
    infos.reduce((total, info) => total + info[field], 0)

  /** Puts entries that came in small batches together, so that they take no more room than those of large ones. */
  async function merge(infos: readonly SegmentInfo[]): Promise<void> {
    const ids = infos.map(({ id }) => id)
    const rows = await readSegments(ids)
    const entries = await Promise.all(rows.map((row) => unpackSegment(row)))
    const merged = await packSegments(entries.flat())
    await database.transaction('rw', segments, async () => {
      await segments.bulkDelete(ids)
      await segments.bulkAdd(merged)
    })
  }

  async function prune(sinceMs: number, maxEntries: number): Promise<void> {
    const infos = await listSegments()
    const old: number[] = []
    const kept: SegmentInfo[] = []
    let surplus = sum(infos, 'count') - maxEntries
    for (const info of infos) {
      if (info.newestMs < sinceMs || info.count <= surplus) old.push(info.id)
      else kept.push(info)
      // Below zero from the first one on that stays, so that no newer one goes.
      surplus -= info.count
    }
    await segments.bulkDelete(old)
    await mergeSmall(kept.filter(({ count }) => count < SMALL_SEGMENT_ENTRIES))
  }

  async function mergeSmall(infos: readonly SegmentInfo[]): Promise<void> {
    let small: SegmentInfo[] = []
    for (const info of infos) {
      small.push(info)
      if (sum(small, 'count') >= MERGED_ENTRIES) {
        await merge(small)
        small = []
      }
    }
    if (small.length > 1) await merge(small)
  }

  return {
    put: (batch) =>
      inTurn(async () => {
        const rows = await packSegments(await withoutKnown(batch))
        await segments.bulkAdd(rows)
      }),
    head: (account) =>
      withStorageErrors(async () => {
        const row = await runsOf(account).last()
        const newest = row && (await unpackSegment(row, account)).at(-1)?.signed
        return newest && { seq: newest.entry.seq, hash: newest.hash }
      }),
    entries: (account, fromSeq, limit) =>
      withStorageErrors(async () => {
        const rows = await readRows(account, fromSeq, limit)
        const entries = await Promise.all(rows.map((row) => unpackSegment(row, account)))
        return entries
          .flat()
          .filter(({ signed }) => signed.entry.seq >= fromSeq)
          .sort((a, b) => a.signed.entry.seq - b.signed.entry.seq)
          .slice(0, limit)
      }),
    count: () => withStorageErrors(async () => sum(await listSegments(), 'count')),
    sizeBytes: () => withStorageErrors(async () => sum(await listSegments(), 'bytes')),
    prune: ({ sinceMs, maxEntries }) => inTurn(() => prune(sinceMs, maxEntries)),
    close: () => {
      database.close()
      return Promise.resolve()
    },
  }
}
