import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { cdp } from 'vitest/browser'
import {
  openIndexedDbLedgerArchive,
  openIndexedDbStores,
  type IndexedDbStores,
} from '../../src/adapters/storage-indexeddb/open-indexeddb-stores.ts'
import { createTabRandomness } from '../../src/adapters/system-tab/tab-randomness.ts'
import { bytesToHexText } from '../../src/domain/kernel/bytes.ts'
import { deleteStores } from '../contract/indexeddb-stores.ts'
import { me, sampleChain, sampleContext, sampleDocument, sampleEntry } from '../contract/sample-records.ts'

describe('the browser stores', () => {
  let name: string
  let stores: IndexedDbStores
  beforeEach(async () => {
    name = `test-${crypto.randomUUID()}`
    stores = await openIndexedDbStores({ name, network: 'test' })
  })
  afterEach(async () => {
    await stores.close()
    await deleteStores(name)
  })

  it('say that storage is full and what to do, and go on', async () => {
    const randomness = createTabRandomness()
    /** Adds five megabytes, random ones because the browser compresses what it stores; gives what it failed with. */
    const addLarge = async (title: string): Promise<unknown> => {
      const contexts = Array.from({ length: 1_000 }, () =>
        sampleContext(bytesToHexText(randomness.bytes(5_000))),
      )
      return stores.contextStore
        .putDocument(sampleDocument(title, contexts), contexts, [])
        .then(() => undefined)
        .catch((error: unknown) => error)
    }
    const session = cdp() as unknown as {
      send(method: string, parameters: { origin: string; quotaSize?: number }): Promise<void>
    }
    const { origin } = location
    await session.send('Storage.overrideQuotaForOrigin', { origin, quotaSize: 1_000_000 })
    let added = 0
    try {
      // Chromium remembers for a while how much room it found before.
      await expect
        .poll(() => addLarge(`large-${added++}`), { timeout: 60_000, interval: 1_000 })
        .toMatchObject({
          code: 'storage-full',
          hint: 'Remove documents from the library, or free space on the disk',
        })
    } finally {
      await session.send('Storage.overrideQuotaForOrigin', { origin })
    }
    const documents = await stores.contextStore.listDocuments()
    expect(documents.map((document) => document.title)).not.toContain(`large-${added - 1}`)
    for (const { documentHash } of documents) await stores.contextStore.deleteDocument(documentHash)
    const small = sampleContext('small')
    await stores.contextStore.putContexts([small], [])
    expect(await stores.contextStore.listContexts()).toEqual([small])
  }, 120_000)

  it('flush own entries to the disk before they answer, content and the archive later', async () => {
    // Dexie takes hold of the method when it opens a database.
    await stores.close()
    const transaction = vi.spyOn(IDBDatabase.prototype, 'transaction')
    stores = await openIndexedDbStores({ name, network: 'test' })
    const archive = await openIndexedDbLedgerArchive({ name, network: 'test' })
    transaction.mockClear()
    const durabilities = (): (string | undefined)[] =>
      transaction.mock.calls.map((call) => call[2]?.durability)
    try {
      const { signed, state } = sampleEntry(undefined)
      await stores.ledgerStore.append(signed, state, undefined)
      expect(new Set(durabilities())).toEqual(new Set(['strict']))
      transaction.mockClear()
      await stores.contextStore.putContexts([sampleContext('one')], [])
      await archive.put(sampleChain(me, 1))
      expect(new Set(durabilities())).toEqual(new Set(['relaxed']))
    } finally {
      transaction.mockRestore()
      await archive.close()
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
    await expect(openIndexedDbStores({ name, network: 'test' })).rejects.toMatchObject({
      code: 'unsupported',
    })
  })
})
