import { once } from 'node:events'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { spawn } from 'node:child_process'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { contentMigrations, ledgerMigrations } from '../../src/adapters/storage-sqlite/schema.ts'
import { openSqliteStores, type SqliteStores } from '../../src/adapters/storage-sqlite/open-sqlite-stores.ts'
import { openSqliteLedgerArchive } from '../../src/adapters/storage-sqlite/sqlite-ledger-archive.ts'
import type { Context } from '../../src/domain/content/context.ts'
import type { LedgerArchive } from '../../src/ports/ledger-archive.ts'
import { describeCacheUpgrade } from './cache-entries.contract.ts'
import { describeContextStore } from './context-store.contract.ts'
import { describeIngestQueue } from './ingest-queue.contract.ts'
import { describeKeyStore } from './key-store.contract.ts'
import { describeKnownPeers } from './known-peers.contract.ts'
import { describeLedgerArchive } from './ledger-archive.contract.ts'
import { describeLedgerStore } from './ledger-store.contract.ts'
import { describeLedgerUpgrade, type FirstLedger } from './ledger-upgrade.contract.ts'
import { describeQuestionLog } from './question-log.contract.ts'
import { sampleContext, sampleEntry } from './sample-records.ts'
import type { OpenStore } from './open-store.ts'

const freshDirectory = (): string => mkdtempSync(join(tmpdir(), 'loremesh-stores-'))

function open<T>(pick: (stores: SqliteStores) => T, directory = freshDirectory()): Promise<OpenStore<T>> {
  const stores = openSqliteStores({ directory, network: 'test' })
  return Promise.resolve({
    store: pick(stores),
    reopen: async () => {
      await stores.close()
      return open(pick, directory)
    },
    close: async () => {
      await stores.close()
      rmSync(directory, { recursive: true })
    },
  })
}

function openArchive(directory = freshDirectory()): Promise<OpenStore<LedgerArchive>> {
  const archive = openSqliteLedgerArchive({ directory, network: 'test' })
  return Promise.resolve({
    store: archive,
    reopen: async () => {
      await archive.close()
      return openArchive(directory)
    },
    close: async () => {
      await archive.close()
      rmSync(directory, { recursive: true })
    },
  })
}

/** Writes the ledger database as version 1 did, schema included. */
function writeFirstLedger(directory: string, { entry, state, payments }: FirstLedger): void {
  const database = new DatabaseSync(join(directory, 'ledger-test.sqlite'))
  database.exec(`${ledgerMigrations[0] ?? ''}; PRAGMA user_version = 1`)
  database.prepare('INSERT INTO entries VALUES (0, ?, ?, NULL)').run(entry.hash, entry.wire)
  const { account, head, seq, balance, credit, locked, stake, timestampMs, grants } = state
  database
    .prepare('INSERT INTO account_state VALUES (1, ?, ?, ?, ?, ?, ?, ?, ?, 0, ?)')
    .run(account, head, seq, balance, credit, locked, stake, timestampMs, JSON.stringify(grants))
  const insertPayment = database.prepare(`INSERT INTO payments VALUES (${Array(16).fill('?').join(', ')})`)
  for (const single of payments) {
    insertPayment.run(
      single.payment,
      single.direction,
      single.counterparty,
      single.amount,
      single.fromCredit,
      single.invoice,
      JSON.stringify(single.items.map((item) => ({ ...item, price: item.price.toString() }))),
      single.createdAtMs,
      single.expiresAtMs,
      single.phase,
      single.question,
      single.quoteWire,
      single.payWire,
      single.certificateWire ?? null,
      single.deliveryWire ?? null,
      single.ack ?? null,
    )
  }
  database.close()
}

/** Writes the content database as version 2 did, schema included. */
function writeSecondContent(directory: string, contexts: readonly Context[]): void {
  const database = new DatabaseSync(join(directory, 'content.sqlite'))
  database.exec(`${contentMigrations.slice(0, 2).join(';')}; PRAGMA user_version = 2`)
  const insert = database.prepare('INSERT INTO contexts VALUES (?, ?, ?, ?)')
  for (const context of contexts) {
    insert.run(context.contextHash, context.origin, context.author, JSON.stringify(context))
  }
  database.close()
}

describeContextStore('in SQLite', () => open((stores) => stores.contextStore))
describeCacheUpgrade('in SQLite', (contexts) => {
  const directory = freshDirectory()
  writeSecondContent(directory, contexts)
  return open(({ contextStore }) => contextStore, directory)
})
describeIngestQueue('in SQLite', () => open((stores) => stores.ingestQueue))
describeLedgerStore('in SQLite', () => open((stores) => stores.ledgerStore))
describeLedgerUpgrade('in SQLite', (ledger) => {
  const directory = freshDirectory()
  writeFirstLedger(directory, ledger)
  return open(({ ledgerStore }) => ledgerStore, directory)
})
describeLedgerArchive('in SQLite', () => openArchive())
describeKeyStore('in SQLite', () => open((stores) => stores.keyStore))
describeQuestionLog('in SQLite', () => open((stores) => stores.questionLog))
describeKnownPeers('in SQLite', () => open((stores) => stores.knownPeers))

describe('a data directory', () => {
  let directory: string
  beforeEach(() => {
    directory = join(freshDirectory(), 'made', 'on demand')
  })
  afterEach(() => rmSync(directory, { recursive: true, force: true }))

  it('is opened by one at a time', async () => {
    const stores = openSqliteStores({ directory, network: 'test' })
    expect(() => openSqliteStores({ directory, network: 'test' })).toThrow(
      'Another process uses this data directory',
    )
    await stores.close()
    await openSqliteStores({ directory, network: 'test' }).close()
  })

  it('is closed to other processes until the one that has it dies', async () => {
    const holder = spawn(process.execPath, [
      '--input-type=module',
      '--eval',
      `import { openSqliteStores } from ${JSON.stringify(new URL('../../src/adapters/storage-sqlite/open-sqlite-stores.ts', import.meta.url).href)}
       const stores = openSqliteStores({ directory: process.argv[1], network: 'test' })
       await stores.keyStore.saveSeed(new Uint8Array(32).fill(5))
       console.log('open')
       setInterval(() => stores, 1000)`,
      directory,
    ])
    await once(holder.stdout, 'data')
    expect(() => openSqliteStores({ directory, network: 'test' })).toThrow('Another process')
    holder.kill('SIGKILL')
    await once(holder, 'exit')
    const stores = openSqliteStores({ directory, network: 'test' })
    expect(await stores.keyStore.loadSeed()).toEqual(new Uint8Array(32).fill(5))
    await stores.close()
  })

  it('is for its owner only', async () => {
    const stores = openSqliteStores({ directory, network: 'test' })
    await stores.keyStore.saveSeed(new Uint8Array(32).fill(5))
    const modeOf = (path: string): string => (statSync(path).mode & 0o777).toString(8)
    expect(modeOf(directory)).toBe('700')
    for (const file of ['seed.hex', 'ledger-test.sqlite', 'content.sqlite', 'ledger-test.sqlite-wal']) {
      expect(modeOf(join(directory, file))).toBe('600')
    }
    await stores.close()
  })

  it('keeps a chain for every network, and key and library for all of them', async () => {
    const first = openSqliteStores({ directory, network: 'first' })
    const { signed, state } = sampleEntry(undefined)
    await first.keyStore.saveSeed(new Uint8Array(32).fill(7))
    await first.ledgerStore.append(signed, state, undefined)
    await first.contextStore.putContexts([sampleContext('kept')], [])
    await first.close()
    const second = openSqliteStores({ directory, network: 'second' })
    expect(await second.ledgerStore.head()).toBeUndefined()
    expect(await second.keyStore.loadSeed()).toEqual(new Uint8Array(32).fill(7))
    expect(await second.contextStore.listContexts()).toHaveLength(1)
    await second.close()
    const again = openSqliteStores({ directory, network: 'first' })
    expect((await again.ledgerStore.head())?.head).toBe(state.head)
    await again.close()
  })

  it('is opened by one at a time, in whatever network', async () => {
    const stores = openSqliteStores({ directory, network: 'first' })
    expect(() => openSqliteStores({ directory, network: 'second' })).toThrow(
      'Another process uses this data directory',
    )
    await stores.close()
  })

  it('flushes own entries to the disk before it answers, and content later', async () => {
    const exec = vi.spyOn(DatabaseSync.prototype, 'exec')
    const stores = openSqliteStores({ directory, network: 'test' })
    const databases = exec.mock.contexts as DatabaseSync[]
    const modes = exec.mock.calls.flatMap(([sql], call) =>
      sql.includes('synchronous') ? [[basename(databases[call]?.location() ?? ''), sql]] : [],
    )
    exec.mockRestore()
    expect(modes).toEqual([
      ['ledger-test.sqlite', expect.stringContaining('synchronous = FULL')],
      ['content.sqlite', expect.stringContaining('synchronous = NORMAL')],
      ['queue.sqlite', expect.stringContaining('synchronous = NORMAL')],
    ])
    await stores.close()
  })

  it('of a newer version is left alone', async () => {
    await openSqliteStores({ directory, network: 'test' }).close()
    const content = new DatabaseSync(join(directory, 'content.sqlite'))
    content.exec('PRAGMA user_version = 99')
    content.close()
    expect(() => openSqliteStores({ directory, network: 'test' })).toThrow('newer version')
    expect(() => openSqliteStores({ directory, network: 'test' })).toThrow('newer version')
  })
})
