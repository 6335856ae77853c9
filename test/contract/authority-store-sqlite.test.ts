import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { AuthorityStore } from '../../signaling/authority-store/authority-store.ts'
import { openAuthorityStore } from '../../signaling/authority-store/open-authority-store.ts'
import { describeAuthorityStore } from './authority-store.contract.ts'
import type { OpenStore } from './open-store.ts'

const freshFolder = (): string => mkdtempSync(join(tmpdir(), 'loremesh-authority-'))
const filesIn = (folder: string, shards: number): string[] =>
  Array.from({ length: shards }, (_, index) => join(folder, `ledger-${index}.sqlite`))

async function openInMemory(shards: number): Promise<OpenStore<AuthorityStore>> {
  const store = await openAuthorityStore(Array.from({ length: shards }, () => ':memory:'))
  return { store, close: () => store.close() }
}

async function openInFiles(shards: number, folder = freshFolder()): Promise<OpenStore<AuthorityStore>> {
  const store = await openAuthorityStore(filesIn(folder, shards))
  return {
    store,
    reopen: async () => {
      await store.close()
      return openInFiles(shards, folder)
    },
    close: async () => {
      await store.close()
      rmSync(folder, { recursive: true })
    },
  }
}

describeAuthorityStore('in memory', () => openInMemory(1))
describeAuthorityStore('in an SQLite file', () => openInFiles(1))
describeAuthorityStore('in two SQLite files', () => openInFiles(2))

describe('an SQLite file', () => {
  let folder: string
  beforeEach(() => {
    folder = freshFolder()
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  it('is opened by one at a time', async () => {
    const files = filesIn(folder, 1)
    const store = await openAuthorityStore(files)
    await expect(openAuthorityStore(files)).rejects.toMatchObject({ code: 'already-running' })
    await store.close()
    await (await openAuthorityStore(files)).close()
  })

  it('of another version is left alone', async () => {
    const [file = ''] = filesIn(folder, 1)
    const database = new DatabaseSync(file)
    database.exec('CREATE TABLE network (id BLOB NOT NULL) STRICT; PRAGMA user_version = 1')
    database.close()
    await expect(openAuthorityStore([file])).rejects.toMatchObject({ code: 'unsupported' })
  })

  it('that is no database is refused', async () => {
    await expect(openAuthorityStore([folder])).rejects.toMatchObject({ code: 'internal' })
  })

  it('stays the shard that it was made as', async () => {
    const files = filesIn(folder, 2)
    await (await openAuthorityStore(files)).close()
    for (const wrong of [files.slice(0, 1), files.toReversed(), [...files, join(folder, 'third.sqlite')]]) {
      await expect(openAuthorityStore(wrong)).rejects.toMatchObject({ code: 'bad-input' })
    }
    await (await openAuthorityStore(files)).close()
  })
})
