import { describe, expect, it } from 'vitest'
import { createMemoryContextStore } from '../../../src/adapters/storage-memory/memory-context-store.ts'
import { storedBytes } from '../../../src/domain/content/cache-entry.ts'
import { hashText, type ContextHash } from '../../../src/domain/content/context-hash.ts'
import { LoremeshError } from '../../../src/domain/kernel/errors.ts'
import { parseTokens } from '../../../src/domain/kernel/micro-tokens.ts'
import { createCache, type CacheOptions } from '../../../src/peer/cache.ts'
import { ann, bob, sampleContext, sampleDescriptor, sampleDocument } from '../../contract/sample-records.ts'
import { createManualClock } from '../../support/manual-clock.ts'
import { valueOf } from '../../support/value-of.ts'

const MB = 1024 * 1024
const price = parseTokens('2')
const full = new LoremeshError('storage-full', 'The browser gives no more storage')
/** What a passage of a few bytes takes. */
const ONE = storedBytes({ sizeBytes: 10 })

/** Something that `ann` offers and `bob` sold. */
function bought(text: string) {
  const descriptor = sampleDescriptor(hashText(text), ann, 1)
  return { descriptor, text, seller: bob.peerId, paid: price }
}

function open(options: CacheOptions = {}, contextStore = createMemoryContextStore()) {
  const clock = createManualClock()
  const indexed = new Set<ContextHash>()
  const index = {
    add(contexts: readonly { readonly contextHash: ContextHash }[]) {
      for (const { contextHash } of contexts) indexed.add(contextHash)
      return Promise.resolve()
    },
    remove(contextHashes: readonly ContextHash[]) {
      for (const contextHash of contextHashes) indexed.delete(contextHash)
      return Promise.resolve()
    },
  }
  const cache = createCache({ contextStore, index, clock }, options)

  /** Buys passages for one answer, with a millisecond before and after it. */
  async function answer(...texts: readonly string[]): Promise<void> {
    await clock.advance(1)
    await cache.answering(async () => {
      const fresh = texts.filter((text) => !indexed.has(hashText(text)))
      if (fresh.length > 0) await cache.keep(fresh.map(bought))
      return { results: texts.map((text) => ({ contextHash: hashText(text) })) }
    })
    await clock.advance(1)
    await cache.stop()
  }

  const state = () => valueOf(cache.state)
  /** Texts among these that are held everywhere: in the list, the index and the store. */
  async function held(...texts: readonly string[]): Promise<readonly string[]> {
    const listed = new Set(state().entries.map(({ contextHash }) => contextHash))
    const stored = new Set((await contextStore.listContexts()).map(({ contextHash }) => contextHash))
    expect(stored).toEqual(listed)
    expect(indexed).toEqual(listed)
    return texts.filter((text) => listed.has(hashText(text)))
  }
  return { cache, clock, contextStore, answer, held, state }
}

describe('what was bought', () => {
  it('is held with its seller, its price and its uses, also after a restart', async () => {
    const { answer, contextStore, state } = open()
    await answer('a')
    await answer('a')
    const entry = {
      contextHash: hashText('a'),
      title: 'Title of 1',
      sizeBytes: 10,
      purchase: { seller: bob.peerId, paid: price },
      boughtAtMs: expect.any(Number) as number,
      uses: 2,
      worth: expect.any(Number) as number,
      isPinned: false,
    }
    expect(state().entries).toEqual([expect.objectContaining(entry)])
    expect(state()).toMatchObject({ usedBytes: ONE, quotaBytes: 200 * MB, limitBytes: 200 * MB, failure: '' })
    const [{ boughtAtMs, usedAtMs } = { boughtAtMs: 0, usedAtMs: 0 }] = state().entries
    expect(usedAtMs).toBeGreaterThan(boughtAtMs)
    const again = open({}, contextStore)
    await again.cache.start()
    expect(again.state().entries).toEqual(state().entries)
    expect((await again.cache.read(hashText('a')))?.text).toBe('a')
  })

  it('is written once an answer, however many passages it has', async () => {
    const { answer, contextStore } = open()
    let writes = 0
    const update = contextStore.updateCacheEntries
    contextStore.updateCacheEntries = (entries) => {
      writes += 1
      return update(entries)
    }
    await answer('a', 'b', 'c')
    expect(writes).toBe(1)
  })

  it('is no part of it any more once it is the user’s own', async () => {
    const { cache, answer, contextStore, state } = open()
    await answer('a', 'b')
    const own = sampleContext('a')
    await contextStore.putDocument(sampleDocument('mine', [own]), [own], [])
    cache.noteOwn([own.contextHash])
    expect(state().entries.map(({ contextHash }) => contextHash)).toEqual([hashText('b')])
    await cache.setQuota(0)
    expect(await contextStore.listContexts()).toEqual([own])
  })

  it('is part of it again, pinned as it was, once the user’s own copy is removed', async () => {
    const { cache, answer, contextStore, held, state } = open()
    await answer('a', 'b')
    await cache.setPinned([hashText('a')], true)
    const entries = state().entries
    const own = sampleContext('a')
    const document = sampleDocument('mine', [own])
    await contextStore.putDocument(document, [own], [])
    cache.noteOwn([own.contextHash])
    await contextStore.deleteDocument(document.documentHash)
    cache.refresh()
    await cache.stop()
    expect(new Set(state().entries)).toEqual(new Set(entries))
    await cache.setQuota(0)
    expect(await held('a', 'b')).toEqual(['a'])
  })
})

describe('beyond the quota', () => {
  it('what was used longest ago gives way once the answer is there', async () => {
    const { answer, held, state } = open({ cacheQuotaBytes: 2 * ONE })
    await answer('a')
    await answer('b')
    await answer('a')
    await answer('c')
    expect(await held('a', 'b', 'c')).toEqual(['a', 'c'])
    expect(state().usedBytes).toBe(2 * ONE)
  })

  it('what the last answer needs stays until the next one', async () => {
    const { answer, held } = open({ cacheQuotaBytes: 0 })
    await answer('a', 'b')
    expect(await held('a', 'b')).toEqual(['a', 'b'])
    await answer('c')
    expect(await held('a', 'b', 'c')).toEqual(['c'])
  })

  it('nothing goes that an answer under way has bought', async () => {
    const { cache, clock, answer, held } = open({ cacheQuotaBytes: 0 })
    let finish: () => void = () => undefined
    const finished = new Promise<void>((resolve) => (finish = resolve))
    const slow = cache.answering(async () => {
      await cache.keep([bought('slow')])
      await finished
      return { results: [{ contextHash: hashText('slow') }] }
    })
    await clock.advance(5)
    await answer('fast')
    await answer('faster')
    await cache.setQuota(0)
    expect(await held('slow', 'fast', 'faster')).toEqual(['slow', 'fast', 'faster'])
    finish()
    await slow
    await cache.stop()
    await answer('next')
    expect(await held('slow', 'fast', 'faster', 'next')).toEqual(['next'])
  })

  it('nothing goes that an answer under way has found', async () => {
    const { cache, clock, answer, held } = open({ cacheQuotaBytes: 2 * ONE })
    await answer('found')
    let finish: () => void = () => undefined
    const finished = new Promise<void>((resolve) => (finish = resolve))
    const slow = cache.answering(async () => {
      cache.noteFound([hashText('found')])
      await finished
      return { results: [] }
    })
    await clock.advance(5)
    await answer('a', 'b')
    expect(await held('found', 'a', 'b')).toEqual(['found', 'a', 'b'])
    finish()
    await slow
    await cache.stop()
    expect(await held('found', 'a', 'b')).toEqual(['a', 'b'])
  })

  it('things go when a question fails, too', async () => {
    const { cache, clock, answer, held } = open({ cacheQuotaBytes: 0 })
    await answer('a')
    await expect(cache.answering(() => Promise.reject(new Error('No answer')))).rejects.toThrow('No answer')
    await clock.advance(1)
    await cache.stop()
    expect(await held('a')).toEqual([])
  })

  it('things go at the start', async () => {
    const { answer, contextStore } = open()
    await answer('a', 'b')
    const again = open({ cacheQuotaBytes: ONE }, contextStore)
    await again.cache.start()
    expect(await contextStore.listContexts()).toHaveLength(1)
  })

  it('things go at once when the quota becomes smaller, but not what is pinned', async () => {
    const { cache, answer, held, state } = open()
    await answer('a', 'b', 'c')
    await cache.setPinned([hashText('b')], true)
    await cache.setQuota(0)
    expect(await held('a', 'b', 'c')).toEqual(['b'])
    expect(state()).toMatchObject({ quotaBytes: 0, limitBytes: 0, usedBytes: ONE })
    await cache.setPinned([hashText('b')], false)
    await cache.setQuota(0)
    expect(await held('b')).toEqual([])
  })
})

describe('the user', () => {
  it('removes passages, pinned or not, and can buy them again', async () => {
    const { cache, answer, held } = open()
    await answer('a', 'b')
    await cache.setPinned([hashText('a')], true)
    await cache.remove([hashText('a'), hashText('b')])
    expect(await held('a', 'b')).toEqual([])
    await answer('a')
    expect(await held('a')).toEqual(['a'])
  })
})

describe('a device with little room', () => {
  it('lets the cache grow as long as 50 MB are left for everything else', async () => {
    const { answer, state } = open({ availableBytes: () => Promise.resolve(51 * MB) })
    await answer('a')
    expect(state()).toMatchObject({ limitBytes: ONE + MB, quotaBytes: 200 * MB })
  })

  it('keeps the cache as large as it is when less is left', async () => {
    let available = 100 * MB
    const { answer, held, state } = open({ availableBytes: () => Promise.resolve(available) })
    await answer('a')
    available = 10 * MB
    await answer('b')
    expect(await held('a', 'b')).toEqual(['b'])
    expect(state()).toMatchObject({ limitBytes: ONE, usedBytes: ONE })
    available = 100 * MB
    await answer('a')
    expect(await held('a', 'b')).toEqual(['a', 'b'])
  })
})

describe('a storage that is full', () => {
  it('makes room for what was bought by giving up something else', async () => {
    const { contextStore, answer, held } = open()
    await answer('a')
    await answer('b')
    const put = contextStore.putCached
    contextStore.putCached = async (...bought) => {
      if ((await contextStore.listContexts()).length >= 2) throw full
      await put(...bought)
    }
    await answer('c')
    expect(await held('a', 'b', 'c')).toEqual(['b', 'c'])
  })

  it('refuses what was bought when nothing can give way, and loses nothing', async () => {
    const { cache, contextStore, answer, held } = open()
    await answer('a')
    await cache.setPinned([hashText('a')], true)
    contextStore.putCached = () => Promise.reject(full)
    await expect(answer('b')).rejects.toMatchObject({ code: 'storage-full' })
    expect(await held('a', 'b')).toEqual(['a'])
  })

  it('is tried twice, not for ever', async () => {
    const { contextStore, answer } = open()
    await answer('a')
    let tries = 0
    contextStore.putCached = () => {
      tries += 1
      return Promise.reject(full)
    }
    await expect(answer('b')).rejects.toMatchObject({ code: 'storage-full' })
    expect(tries).toBe(2)
  })

  it('does not keep an answer back; the list says what failed until it works again', async () => {
    const { contextStore, answer, state } = open()
    const update = contextStore.updateCacheEntries
    contextStore.updateCacheEntries = () => Promise.reject(full)
    await answer('a')
    expect(state()).toMatchObject({ failure: full.message, usedBytes: ONE })
    contextStore.updateCacheEntries = update
    await answer('a')
    expect(state().failure).toBe('')
  })
})
