import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { sumStoredBytes, storedBytes, type CacheEntry } from '../../../../src/domain/content/cache-entry.ts'
import { hashText } from '../../../../src/domain/content/context-hash.ts'
import { createIdentity } from '../../../../src/domain/identity/identity.ts'
import { parseTokens, toMicroTokens } from '../../../../src/domain/kernel/micro-tokens.ts'
import { chooseEvictions, worthWhenUsed } from '../../../../src/domain/retrieval/eviction.ts'

const seller = createIdentity(new Uint8Array(32).fill(1)).peerId
const DAY_MS = 86_400_000
const NOW_MS = 1_700_000_000_000
const KB_TWICE = 2 * 1024 + 2 * storedBytes({ sizeBytes: 0 })

/** An entry that was last used when nothing had been evicted, or as `clock` says. */
function entry(
  name: string,
  { clock = 0, ...changes }: Partial<CacheEntry> & { clock?: number } = {},
): CacheEntry {
  const unpriced = {
    contextHash: hashText(name),
    title: name,
    sizeBytes: 1024,
    purchase: { seller, paid: parseTokens('2') },
    boughtAtMs: NOW_MS,
    usedAtMs: NOW_MS,
    uses: 1,
    isPinned: false,
    ...changes,
  }
  return { worth: worthWhenUsed(unpriced, clock), ...unpriced }
}

/** Titles of what goes when there is room for two contexts of 1 KB. */
function goesOf(...entries: readonly CacheEntry[]): readonly string[] {
  return chooseEvictions(entries, KB_TWICE).map(({ title }) => title)
}

describe('what gives way', () => {
  it('is nothing while there is room', () => {
    expect(goesOf(entry('a'), entry('b'))).toEqual([])
    expect(chooseEvictions([], 0)).toEqual([])
  })

  it('is what was used longest ago, among equals', () => {
    expect(goesOf(entry('a'), entry('old', { usedAtMs: NOW_MS - 1_000 }), entry('b'))).toEqual(['old'])
  })

  it('is what was used least, among equals', () => {
    expect(goesOf(entry('rare', { uses: 2 }), entry('a', { uses: 3 }), entry('b', { uses: 5 }))).toEqual([
      'rare',
    ])
  })

  it('is what costs least to buy again, among equals', () => {
    const cheap = { seller, paid: parseTokens('1.9') }
    expect(goesOf(entry('a'), entry('cheap', { purchase: cheap }), entry('b'))).toEqual(['cheap'])
    expect(goesOf(entry('a'), entry('unknown', { purchase: null }), entry('b'))).toEqual(['unknown'])
  })

  it('is what takes more room for the same price', () => {
    expect(goesOf(entry('a'), entry('large', { sizeBytes: 1_500 }), entry('b'))).toEqual(['large'])
  })

  it('is what was used more often, once enough has been evicted since', () => {
    const often = entry('often', { uses: 2 })
    const used = entry('used', { uses: 9 })
    expect(goesOf(often, used, entry('once', { clock: 0.9 * often.worth - entry('once').worth }))).toEqual([
      'once',
    ])
    expect(goesOf(often, used, entry('once', { clock: 1.1 * often.worth - entry('once').worth }))).toEqual([
      'often',
    ])
  })

  it('is everything else when what is worth most takes all the room', () => {
    const large = entry('large', { sizeBytes: 4_000, uses: 100 })
    const goes = chooseEvictions([large, entry('a'), entry('b')], storedBytes({ sizeBytes: 4_000 }))
    expect(goes.map(({ title }) => title).sort()).toEqual(['a', 'b'])
  })
})

const anyEntry = fc.record({
  name: fc.string({ maxLength: 12 }),
  sizeBytes: fc.integer({ min: 0, max: 20_000 }),
  paid: fc.option(fc.bigInt({ min: 0n, max: 100_000_000n })),
  usedAtMs: fc.integer({ min: NOW_MS - 900 * DAY_MS, max: NOW_MS }),
  uses: fc.nat(1_000),
  clock: fc.integer({ min: 0, max: 1_000_000 }),
  isPinned: fc.boolean(),
})
const anyCache = fc
  .uniqueArray(anyEntry, { maxLength: 40, selector: ({ name }) => name })
  .map((entries) =>
    entries.map(({ name, paid, ...rest }) =>
      entry(name, { ...rest, purchase: paid === null ? null : { seller, paid: toMicroTokens(paid) } }),
    ),
  )
const anyQuota = fc.integer({ min: 0, max: 200_000 })
const mustStay = (one: CacheEntry): boolean => one.isPinned || one.uses > 900

describe('whatever is cached', () => {
  it('pinned contexts and those in use stay', () => {
    fc.assert(
      fc.property(anyCache, anyQuota, (cache, quota) => {
        const goes = chooseEvictions(cache, quota, ({ uses }) => uses > 900)
        expect(goes.filter(mustStay)).toEqual([])
      }),
    )
  })

  it('what stays fits into the quota, unless only what must stay is left', () => {
    fc.assert(
      fc.property(anyCache, anyQuota, (cache, quota) => {
        const goes = new Set(chooseEvictions(cache, quota, ({ uses }) => uses > 900))
        const stays = cache.filter((one) => !goes.has(one))
        expect(sumStoredBytes(stays) <= quota || stays.every(mustStay)).toBe(true)
      }),
    )
  })

  it('nothing goes that there would be room for', () => {
    fc.assert(
      fc.property(anyCache, anyQuota, (cache, quota) => {
        const goes = chooseEvictions(cache, quota)
        const left = quota - sumStoredBytes(cache) + sumStoredBytes(goes)
        expect(goes.filter((one) => storedBytes(one) <= left)).toEqual([])
      }),
    )
  })

  it('its order does not matter', () => {
    fc.assert(
      fc.property(anyCache, anyQuota, (cache, quota) => {
        const titlesOf = (entries: readonly CacheEntry[]): readonly string[] =>
          chooseEvictions(entries, quota).map(({ title }) => title)
        expect(titlesOf(cache.toReversed())).toEqual(titlesOf(cache))
      }),
    )
  })
})
