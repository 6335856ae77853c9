import type { Account } from '../../domain/identity/account.ts'
import type { CertifiedEntry } from '../../domain/ledger/certificate.ts'
import type { LedgerArchive } from '../../ports/ledger-archive.ts'
import { MAX_SEGMENT_ENTRIES, packSegments, toChainKey, toChains, unpackSegment } from './archive-segment.ts'
import type { ArchiveDatabase, Run, SegmentRow } from './schema.ts'
import { withStorageErrors } from './storage-errors.ts'

/** What the index by age says of a segment. */
interface SegmentInfo {
  readonly id: number
  readonly newestMs: number
  readonly count: number
  readonly bytes: number
}

/** A run of entries, and the segment that it is in. */
interface FoundRun {
  readonly id: number
  readonly first: number
  readonly last: number
}

/** Segments that are less full than this are put together when the archive is pruned. */
const SMALL_SEGMENT_ENTRIES = MAX_SEGMENT_ENTRIES / 2
/** How many entries are put together at once: so many that most accounts have several. */
const MERGED_ENTRIES = 16 * MAX_SEGMENT_ENTRIES

/** An archive over an open database, which no other tab writes. */
export function createIndexedDbLedgerArchive(database: ArchiveDatabase): LedgerArchive {
  const { segments, cursors } = database
  let queue: Promise<unknown> = Promise.resolve()

  /** Runs a write after all earlier ones: compressing outlasts a transaction, so each looks and stores in several. */
  function inTurn<T>(task: () => Promise<T>): Promise<T> {
    const run = queue.then(() => withStorageErrors(task))
    queue = run.catch(() => undefined)
    return run
  }

  /** The runs of an account with entries from seq `from` to `to`, ascending, `limit` at most. To be called in a transaction. */
  async function findRuns(account: Account, from: number, to: number, limit: number): Promise<FoundRun[]> {
    const chain = toChainKey(account)
    const index = segments.where('runs')
    const upTo = index.between([chain], [chain, from, Infinity], true, true).reverse().limit(1)
    const after = index.between([chain, from, Infinity], [chain, to, Infinity], false, true).limit(limit)
    const found: FoundRun[] = []
    for (const runs of [upTo, after]) {
      await runs.eachKey((key, { primaryKey }) => {
        const [, first, last] = key as Run
        if (last >= from) found.push({ id: primaryKey, first, last })
      })
    }
    return found.slice(0, limit)
  }

  /** The entries of a chain that are not there yet. */
  async function withoutKnown(chain: readonly CertifiedEntry[]): Promise<CertifiedEntry[]> {
    const [oldest] = chain
    const newest = chain.at(-1)
    if (oldest === undefined || newest === undefined) return []
    const { account, seq } = oldest.signed.entry
    const known = await findRuns(account, seq, newest.signed.entry.seq, Infinity)
    return chain.filter(
      ({ signed }) => !known.some(({ first, last }) => first <= signed.entry.seq && signed.entry.seq <= last),
    )
  }

  async function readSegments(ids: number[]): Promise<SegmentRow[]> {
    return (await segments.bulkGet(ids)).filter((row) => row !== undefined)
  }

  /** Entries from a position on, which is the number of a segment and a place in it. */
  async function readPage(position: number, limit: number) {
    const [firstId, place] = [Math.floor(position / MAX_SEGMENT_ENTRIES), position % MAX_SEGMENT_ENTRIES]
    const segmentLimit = Math.ceil(limit / SMALL_SEGMENT_ENTRIES) + 1
    const rows = await segments.where(':id').aboveOrEqual(firstId).limit(segmentLimit).toArray()
    const entries: CertifiedEntry[] = []
    let nextPosition = position
    for (const row of rows) {
      if (entries.length >= limit) break
      const id = row.id ?? 0
      const from = id === firstId ? place : 0
      const part = (await unpackSegment(row)).slice(from, from + limit - entries.length)
      entries.push(...part)
      nextPosition = toPosition(id, from + part.length)
    }
    return { nextPosition, entries }
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
    const merged = await packSegments(toChains(entries.flat()).flat())
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
        const chains = toChains(batch)
        const unknown = await database.transaction('r', segments, () => Promise.all(chains.map(withoutKnown)))
        const news = unknown.flat()
        await segments.bulkAdd(await packSegments(news))
        return news.length
      }),
    head: (account) =>
      withStorageErrors(async () => {
        const chain = toChainKey(account)
        const row = await segments.where('runs').between([chain], [chain, Infinity]).last()
        const newest = row && (await unpackSegment(row, account)).at(-1)?.signed
        return newest && { seq: newest.entry.seq, hash: newest.hash }
      }),
    entries: (account, fromSeq, limit) =>
      withStorageErrors(async () => {
        const rows = await database.transaction('r', segments, async () => {
          const runs = await findRuns(account, fromSeq, Infinity, limit)
          return readSegments([...new Set(runs.map(({ id }) => id))])
        })
        const entries = await Promise.all(rows.map((row) => unpackSegment(row, account)))
        return entries
          .flat()
          .filter(({ signed }) => signed.entry.seq >= fromSeq)
          .sort((a, b) => a.signed.entry.seq - b.signed.entry.seq)
          .slice(0, limit)
      }),
    page: (position, limit) => withStorageErrors(() => readPage(position, limit)),
    cursor: (log) => withStorageErrors(() => cursors.get(log)),
    putCursor: (log, position) => inTurn(() => cursors.put(position, log)).then(() => undefined),
    count: () => withStorageErrors(async () => sum(await listSegments(), 'count')),
    sizeBytes: () => withStorageErrors(async () => sum(await listSegments(), 'bytes')),
    prune: ({ sinceMs, maxEntries }) => inTurn(() => prune(sinceMs, maxEntries)),
    clear: () =>
      inTurn(() =>
        database.transaction('rw', segments, cursors, async () => {
          await segments.clear()
          await cursors.clear()
        }),
      ),
    close: () => {
      database.close()
      return Promise.resolve()
    },
  }
}

/** The position behind so many entries of a segment; a full one takes up all of its positions. */
function toPosition(id: number, count: number): number {
  return id * MAX_SEGMENT_ENTRIES + count
}
