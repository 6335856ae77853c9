import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { cdp } from 'vitest/browser'
import {
  openIndexedDbStores,
  type IndexedDbStores,
} from '../../src/adapters/storage-indexeddb/open-indexeddb-stores.ts'
import { createTabRandomness } from '../../src/adapters/system-tab/tab-randomness.ts'
import { bytesToHexText } from '../../src/domain/kernel/bytes.ts'
import { deleteStores } from '../contract/indexeddb-stores.ts'
import { sampleContext, sampleDocument, sampleEntry } from '../contract/sample-records.ts'

describe('the browser stores', () => {
  let name: string
  let stores: IndexedDbStores
  beforeEach(async () => {
    name = `test-${crypto.randomUUID()}`
    stores = await openIndexedDbStores({ name })
  })
  afterEach(async () => {
    await stores.close()
    await deleteStores(name)
  })

  // Runs before anything is written, as Chromium remembers for a while how much room it found.
  it('say that storage is full and what to do, and go on', async () => {
    // The browser compresses what it stores, but not random texts.
    const randomness = createTabRandomness()
    const many = Array.from({ length: 1_000 }, () => sampleContext(bytesToHexText(randomness.bytes(5_000))))
    const session = cdp() as unknown as {
      send(method: string, parameters: { origin: string; quotaSize?: number }): Promise<void>
    }
    const { origin } = location
    await session.send('Storage.overrideQuotaForOrigin', { origin, quotaSize: 1_000_000 })
    try {
      const put = stores.contextStore.putDocument(sampleDocument('large', many), many, [])
      await expect(put).rejects.toMatchObject({
        code: 'storage-full',
        hint: 'Remove documents from the library, or free space on the disk',
      })
    } finally {
      await session.send('Storage.overrideQuotaForOrigin', { origin })
    }
    expect(await stores.contextStore.listDocuments()).toEqual([])
    const small = sampleContext('small')
    await stores.contextStore.putContexts([small], [])
    expect(await stores.contextStore.listContexts()).toEqual([small])
  })

  it('flush own entries to the disk before they answer, and content later', async () => {
    // Dexie takes hold of the method when it opens a database.
    await stores.close()
    const transaction = vi.spyOn(IDBDatabase.prototype, 'transaction')
    stores = await openIndexedDbStores({ name })
    transaction.mockClear()
    const durabilities = (): (string | undefined)[] =>
      transaction.mock.calls.map((call) => call[2]?.durability)
    try {
      const { signed, state } = sampleEntry(undefined)
      await stores.ledgerStore.append(signed, state, undefined)
      expect(new Set(durabilities())).toEqual(new Set(['strict']))
      transaction.mockClear()
      await stores.contextStore.putContexts([sampleContext('one')], [])
      expect(new Set(durabilities())).toEqual(new Set(['relaxed']))
    } finally {
      transaction.mockRestore()
    }
  })

  it('of a newer version are left alone', async () => {
    await stores.close()
    await new Promise<void>((resolve, reject) => {
      const request = indexedDB.open(name, 1_000)
      request.onerror = () => reject(new Error('The database did not open'))
      request.onsuccess = () => {
        request.result.close()
        resolve()
      }
    })
    await expect(openIndexedDbStores({ name })).rejects.toMatchObject({ code: 'unsupported' })
  })
})
