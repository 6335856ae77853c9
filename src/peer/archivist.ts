import { LoremeshError, toLoremeshError } from '../domain/kernel/errors.ts'
import { createWritable, type Readable } from '../domain/kernel/readable.ts'
import type { CertifiedEntry } from '../domain/ledger/certificate.ts'
import type { Clock } from '../ports/clock.ts'
import type { LedgerArchive } from '../ports/ledger-archive.ts'
import type { ArchiveState } from './peer.ts'
import type { LogSync } from './sync-log.ts'

/** How far back the ledger is kept. */
const WINDOW_MS = 7 * 86_400_000
/** Most entries that are kept, about 200 MB: at one a second a week has 604,800. */
const MAX_ENTRIES = 600_000
/** Gossiped entries are written together: so many, or those of so long. */
const BATCH_ENTRIES = 256
const BATCH_MS = 1_000
/** Gossiped entries that may wait for a slow storage; those that come then are read from a log later. */
const MAX_UNWRITTEN = 4_096
/** Gossip loses some entries, which are read from a log so often. */
const CATCH_UP_MS = 600_000
const PRUNE_MS = 3_600_000

/**
 * Keeps the certified entries of everybody of the last 7 days, when the user wants that: so that this peer can check any
 * account, and others can read the ledger here while no authority answers.
 */
export interface Archivist {
  readonly state: Readable<ArchiveState>
  /**
   * Begins to keep the ledger, or stops and removes what is there. Throws what opening and removing the archive throw.
   */
  keep(wanted: boolean): Promise<void>
  /** Takes an entry that was verified together with its certificate; nothing happens while nothing is kept. */
  take(certified: CertifiedEntry): void
  /** Reads what was missed, now: never throws, `state` tells. */
  catchUp(): Promise<void>
  /** What others may read, as `LedgerArchive.page` gives it. Throws `unsupported` while nothing is kept. */
  page: LedgerArchive['page']
  /** Writes what waits and closes the archive. */
  stop(): Promise<void>
}

const NOTHING_KEPT: ArchiveState = {
  isKept: false,
  entries: 0,
  sizeBytes: 0,
  catchingUp: undefined,
  failure: '',
}

/** Creates the archivist; the archive is opened as soon as something is to be kept. */
export function createArchivist(components: {
  readonly openArchive: () => LedgerArchive | Promise<LedgerArchive>
  readonly logSync: LogSync
  readonly clock: Clock
}): Archivist {
  const { openArchive, logSync, clock } = components
  const state = createWritable(NOTHING_KEPT)
  const closing = clock.abortable()
  let archive: LedgerArchive | undefined
  let keeping = clock.abortable()
  let timers: readonly (() => void)[] = []
  let waiting: CertifiedEntry[] = []
  let unwritten = 0
  let isFlushPlanned = false
  let writing: Promise<void> = Promise.resolve()
  let reading: Promise<void> | undefined
  let switching: Promise<unknown> = Promise.resolve()
  const failures = { read: '', write: '' }

  /** Runs a change after all earlier ones. */
  function inTurn(change: () => Promise<void>): Promise<void> {
    const run = switching.then(change)
    switching = run.catch(() => undefined)
    return run
  }

  function change(part: Partial<ArchiveState>): void {
    if (archive !== undefined) state.set({ ...state.get(), ...part })
  }

  /** Runs a task of the archive, if there is one. What fails is told until the same kind of task succeeds. */
  async function attempt(
    kind: 'read' | 'write',
    task: (kept: LedgerArchive) => Promise<void>,
  ): Promise<void> {
    if (archive === undefined) return
    let failure = ''
    try {
      await task(archive)
    } catch (error) {
      if (toLoremeshError(error).code === 'aborted') return
      failure = describe(error)
    }
    failures[kind] = failure
    change({ failure: failures.write === '' ? failures.read : failures.write })
  }

  async function measure(kept: LedgerArchive): Promise<void> {
    change({ entries: await kept.count(), sizeBytes: await kept.sizeBytes() })
  }

  function flush(): Promise<void> {
    const batch = waiting
    waiting = []
    if (batch.length > 0) writing = writing.then(() => write(batch))
    return writing
  }

  async function write(batch: readonly CertifiedEntry[]): Promise<void> {
    await attempt('write', async (kept) => {
      const added = await kept.put(batch)
      change({ entries: state.get().entries + added })
    })
    unwritten -= batch.length
  }

  async function flushSoon(): Promise<void> {
    if (isFlushPlanned) return
    isFlushPlanned = true
    try {
      await clock.sleep(BATCH_MS, keeping.signal)
      await flush()
    } catch {
      // Whoever ends the keeping writes what waits.
    } finally {
      isFlushPlanned = false
    }
  }

  function prune(): Promise<void> {
    return attempt('write', async (kept) => {
      await kept.prune({ sinceMs: clock.nowMs() - WINDOW_MS, maxEntries: MAX_ENTRIES })
      await measure(kept)
    })
  }

  async function read(): Promise<void> {
    const { signal } = keeping
    change({ catchingUp: 0 })
    await attempt('read', (kept) =>
      logSync.read(kept, {
        sinceMs: clock.nowMs() - WINDOW_MS,
        maxEntries: 2 * MAX_ENTRIES,
        onProgress: (entries) => change({ catchingUp: entries }),
        signal,
      }),
    )
    change({ catchingUp: undefined })
    await attempt('write', measure)
  }

  function catchUp(): Promise<void> {
    if (archive === undefined) return Promise.resolve()
    reading ??= read().finally(() => (reading = undefined))
    return reading
  }

  async function begin(): Promise<void> {
    if (archive !== undefined) return
    try {
      archive = await openArchive()
    } catch (error) {
      state.set({ ...NOTHING_KEPT, failure: describe(error) })
      throw error
    }
    keeping = clock.abortable()
    state.set({ ...NOTHING_KEPT, isKept: true })
    timers = [clock.every(CATCH_UP_MS, () => void catchUp()), clock.every(PRUNE_MS, () => void prune())]
    await prune()
    void catchUp()
  }

  /** Ends what is under way; gives the archive, which has to be closed. */
  async function end(): Promise<LedgerArchive | undefined> {
    for (const stopTimer of timers) stopTimer()
    keeping.abort()
    await Promise.all([flush(), reading])
    const ended = archive
    archive = undefined
    state.set(NOTHING_KEPT)
    return ended
  }

  return {
    state,
    keep: (wanted) =>
      inTurn(async () => {
        if (closing.signal.aborted) return
        if (wanted) return begin()
        const ended = await end()
        await ended?.clear()
        await ended?.close()
      }),
    take(certified) {
      if (archive === undefined || unwritten >= MAX_UNWRITTEN) return
      unwritten++
      if (waiting.push(certified) >= BATCH_ENTRIES) void flush()
      else void flushSoon()
    },
    catchUp,
    async page(position, limit) {
      if (archive === undefined) throw new LoremeshError('unsupported', 'This peer does not keep the ledger')
      return archive.page(position, limit)
    },
    stop: () =>
      inTurn(async () => {
        closing.abort()
        const ended = await end()
        await ended?.close()
      }),
  }
}

function describe(error: unknown): string {
  const { message, hint } = toLoremeshError(error)
  return hint === '' ? message : `${message}. ${hint}`
}
