import { describe, expect, it } from 'vitest'
import { createMemoryLedgerArchive } from '../../../src/adapters/storage-memory/memory-ledger-archive.ts'
import { LoremeshError } from '../../../src/domain/kernel/errors.ts'
import { createArchivist } from '../../../src/peer/archivist.ts'
import type { LogSync } from '../../../src/peer/sync-log.ts'
import type { LedgerArchive } from '../../../src/ports/ledger-archive.ts'
import { makeCertifiedLog } from '../../support/certified-log.ts'
import { expectRejection, START_MS } from '../../support/ledger.ts'
import { createManualClock } from '../../support/manual-clock.ts'
import { valueOf } from '../../support/value-of.ts'

const DAY_MS = 86_400_000
const { entries } = await makeCertifiedLog({ count: 300, accounts: 10, authorities: 1 })

/** An archivist with an archive in memory, of which `archivePart` replaces something. */
function openArchivist({
  read = () => Promise.resolve(),
  archivePart = {},
  startMs = START_MS,
}: {
  readonly startMs?: number
  readonly read?: LogSync['read']
  readonly archivePart?: Partial<LedgerArchive>
} = {}) {
  const clock = createManualClock(startMs)
  const puts: number[] = []
  let isOpen = false
  const memory = createMemoryLedgerArchive()
  const archive: LedgerArchive = {
    ...memory,
    put(batch) {
      puts.push(batch.length)
      return memory.put(batch)
    },
    close() {
      isOpen = false
      return memory.close()
    },
    ...archivePart,
  }
  const archivist = createArchivist({
    openArchive() {
      isOpen = true
      return Promise.resolve(archive)
    },
    logSync: { read },
    clock,
  })
  return { archivist, archive, memory, clock, puts, isOpen: () => isOpen }
}

describe('keeping the ledger', () => {
  it('is done only when it is wanted', async () => {
    const { archivist, clock, puts, isOpen } = openArchivist()
    for (const entry of entries) archivist.take(entry)
    await clock.advance(5_000)
    expect(puts).toEqual([])
    expect(isOpen()).toBe(false)
    expect(valueOf(archivist.state).isKept).toBe(false)
    await expectRejection(() => archivist.page(0, 10), 'unsupported')
    await archivist.stop()
  })

  it('writes what is gossiped in batches: so many, or what came within a second', async () => {
    const { archivist, memory, clock, puts } = openArchivist()
    await archivist.keep(true)
    for (const entry of entries) archivist.take(entry)
    await clock.advance(0)
    expect(puts).toEqual([256])
    await clock.advance(1_000)
    expect(puts).toEqual([256, 44])
    await clock.advance(10_000)
    expect(puts).toEqual([256, 44])
    expect(await memory.count()).toBe(300)
    expect(valueOf(archivist.state)).toMatchObject({ isKept: true, entries: 300, failure: '' })
    expect((await archivist.page(0, 10)).entries).toHaveLength(10)
    await archivist.stop()
  })

  it('reads what was missed at first, now and then, and when it is told to', async () => {
    const reads: { readonly sinceMs: number }[] = []
    const { archivist, archive, clock } = openArchivist({
      async read(into, options) {
        reads.push(options)
        await into.put(entries.slice(0, 20))
        options.onProgress(20)
        expect(valueOf(archivist.state).catchingUp).toBe(20)
      },
    })
    await archivist.keep(true)
    await clock.advance(0)
    expect(reads).toHaveLength(1)
    expect(reads[0]?.sinceMs).toBe(START_MS - 7 * DAY_MS)
    expect(valueOf(archivist.state)).toMatchObject({ entries: 20, catchingUp: undefined })
    await clock.advance(600_000)
    expect(reads).toHaveLength(2)
    await Promise.all([archivist.catchUp(), archivist.catchUp()])
    expect(reads).toHaveLength(3)
    await archivist.stop()
    await archivist.catchUp()
    expect(reads).toHaveLength(3)
    expect(await archive.count()).toBe(20)
  })

  it('ends after seven days', async () => {
    const startMs = START_MS + 7 * DAY_MS - 600_000
    const { archivist, memory, clock } = openArchivist({ startMs })
    await archivist.keep(true)
    for (const entry of entries) archivist.take(entry)
    await clock.advance(1_000)
    expect(await memory.count()).toBe(300)
    await clock.advance(3_600_000)
    expect(await memory.count()).toBe(0)
    expect(valueOf(archivist.state).entries).toBe(0)
    await archivist.stop()
  })

  it('forgets what comes while the storage hangs', async () => {
    const written: number[] = []
    let goOn: () => void = () => undefined
    const { archivist, clock } = openArchivist({
      archivePart: {
        put(batch) {
          written.push(batch.length)
          return new Promise((resolve) => (goOn = () => resolve(batch.length)))
        },
      },
    })
    await archivist.keep(true)
    for (let times = 0; times < 20; times++) for (const entry of entries) archivist.take(entry)
    for (let times = 0; times < 40; times++) {
      await clock.advance(1_000)
      goOn()
    }
    expect(written.reduce((sum, count) => sum + count, 0)).toBe(4_096)
    archivist.take(entries[0] ?? raise())
    await clock.advance(1_000)
    goOn()
    expect(written.at(-1)).toBe(1)
    await archivist.stop()
  })

  it('leaves nothing behind when it is wanted no more, and begins again when it is', async () => {
    const { archivist, memory, clock, isOpen } = openArchivist()
    await Promise.all([archivist.keep(true), archivist.keep(true)])
    for (const entry of entries) archivist.take(entry)
    await Promise.all([archivist.keep(false), archivist.keep(false)])
    expect(await memory.count()).toBe(0)
    expect(isOpen()).toBe(false)
    archivist.take(entries[0] ?? raise())
    await clock.advance(2_000)
    expect(await memory.count()).toBe(0)
    await archivist.keep(true)
    archivist.take(entries[0] ?? raise())
    await clock.advance(2_000)
    expect(await memory.count()).toBe(1)
    await archivist.stop()
  })

  it('writes what waits before it is closed, and ends what is read', async () => {
    const { archivist, memory, clock, isOpen } = openArchivist({
      read: (_archive, { signal }) => clock.sleep(3_600_000, signal),
    })
    await archivist.keep(true)
    archivist.take(entries[0] ?? raise())
    await archivist.stop()
    expect(await memory.count()).toBe(1)
    expect(isOpen()).toBe(false)
    await archivist.keep(true)
    expect(isOpen()).toBe(false)
  })

  it('says what fails, until it succeeds', async () => {
    let isFull = true
    let isReachable = false
    const full = new LoremeshError('storage-full', 'There is no room', 'Make some')
    const { archivist, memory, clock } = openArchivist({
      read: () =>
        isReachable
          ? Promise.resolve()
          : Promise.reject(new LoremeshError('authority-unreachable', 'Nobody answers')),
      archivePart: { put: (batch) => (isFull ? Promise.reject(full) : memory.put(batch)) },
    })
    await archivist.keep(true)
    await clock.advance(0)
    expect(valueOf(archivist.state).failure).toBe('Nobody answers')
    archivist.take(entries[0] ?? raise())
    await clock.advance(1_000)
    expect(valueOf(archivist.state).failure).toBe('There is no room. Make some')
    isFull = false
    archivist.take(entries[1] ?? raise())
    await clock.advance(1_000)
    expect(valueOf(archivist.state).failure).toBe('Nobody answers')
    isReachable = true
    await archivist.catchUp()
    expect(valueOf(archivist.state).failure).toBe('')
    await archivist.stop()
  })

  it('says why it can not begin', async () => {
    const archivist = createArchivist({
      openArchive: () => Promise.reject(new LoremeshError('storage-full', 'There is no room')),
      logSync: { read: () => Promise.resolve() },
      clock: createManualClock(),
    })
    await expectRejection(() => archivist.keep(true), 'storage-full')
    expect(valueOf(archivist.state)).toMatchObject({ isKept: false, failure: 'There is no room' })
    await archivist.stop()
  })
})

function raise(): never {
  throw new RangeError('The log is empty')
}
