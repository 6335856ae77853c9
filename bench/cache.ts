import { storedBytes, sumStoredBytes, type CacheEntry } from '../src/domain/content/cache-entry.ts'
import { hashText, type ContextHash } from '../src/domain/content/context-hash.ts'
import { contextPrice } from '../src/domain/economy/price.ts'
import { createIdentity } from '../src/domain/identity/identity.ts'
import { parseTokens } from '../src/domain/kernel/micro-tokens.ts'
import { chooseEvictions, worthWhenUsed } from '../src/domain/retrieval/eviction.ts'
import { progress, shareOf, type BenchReport, type Figure } from './report.ts'

const DAY_MS = 86_400_000
const DAYS = 720
const QUESTIONS_A_DAY = 10
const PASSAGES_A_QUESTION = 6
const TOPICS = 400
const PASSAGES_A_TOPIC = 30
/** What one works on: so many topics for so long, which half of the questions are about. */
const PROJECT = { topics: 5, days: 60 } as const
/** Room for so much of everything that is ever asked for. */
const ROOMS = [0.1, 0.2, 0.4] as const
const SEEDS = 2
const PRICE_PER_KB = parseTokens('2')
const seller = createIdentity(new Uint8Array(32).fill(1)).peerId

/** One question: when it is asked, and what answers it. */
interface Request {
  readonly atMs: number
  readonly passages: readonly ContextHash[]
}

/** Which entries go; those that were used at `nowMs` must stay. */
type Policy = (entries: readonly CacheEntry[], quotaBytes: number, nowMs: number) => readonly CacheEntry[]

/**
 * Two years of one reader's questions, made from a seed: topics and the passages of each are asked for by Zipf's law, and
 * half of the questions are about what one works on at the time. Figures are the share of all tokens that the cache saved,
 * against what paying for every passage each time would cost. `farthest` knows the future, and no policy can know more.
 */
export function measureCache(): Promise<BenchReport> {
  const saved = new Map<string, number[]>()
  for (let seed = 1; seed <= SEEDS; seed++) {
    progress(`reader ${seed} of ${SEEDS}`)
    const { requests, sizes } = makeReader(seed)
    const asked = new Set(requests.flatMap(({ passages }) => passages))
    const total = sumStoredBytes([...asked].map((hash) => ({ sizeBytes: sizes.get(hash) ?? 0 })))
    for (const room of ROOMS) {
      for (const [name, createPolicy] of Object.entries(policies)) {
        const figure = `${name}.${room * 100}percent`
        const share = replay(requests, sizes, total * room, createPolicy(requests))
        saved.set(figure, [...(saved.get(figure) ?? []), share])
      }
    }
  }
  const figures: Record<string, Figure> = {}
  const rivals: Record<string, Figure> = {}
  for (const [name, shares] of saved) {
    const mean = shareOf(shares.reduce((sum, share) => sum + share, 0) / shares.length, shares.length)
    if (name.startsWith('loremesh.')) figures[name] = mean
    else rivals[name] = mean
  }
  return Promise.resolve({ bench: 'cache', figures, rivals })
}

const policies: Readonly<Record<string, (requests: readonly Request[]) => Policy>> = {
  loremesh: createOwn,
  lru: () => leastFirst(({ usedAtMs }) => usedAtMs),
  lfu: () => leastFirst(({ uses }) => uses),
  random: () => {
    const random = createRandom(7)
    return leastFirst(() => random())
  },
  farthest: createFarthest,
}

/** What a peer does: the clock goes on with what was evicted. */
function createOwn(): Policy {
  let clock = 0
  /** Each passage as of its last use. */
  const worths = new Map<ContextHash, CacheEntry>()
  return (entries, quotaBytes, nowMs) => {
    const priced = entries.map((entry) => {
      const known = worths.get(entry.contextHash)
      if (known?.usedAtMs === entry.usedAtMs) return known
      const used = { ...entry, worth: worthWhenUsed(entry, clock) }
      worths.set(entry.contextHash, used)
      return used
    })
    const evicted = chooseEvictions(priced, quotaBytes, ({ usedAtMs }) => usedAtMs === nowMs)
    for (const { worth } of evicted) clock = Math.max(clock, worth)
    return evicted
  }
}

/** Removes what is worth least until the rest fits. */
function leastFirst(worthOf: (entry: CacheEntry, nowMs: number) => number): Policy {
  return (entries, quotaBytes, nowMs) => {
    let excess = sumStoredBytes(entries) - quotaBytes
    if (excess <= 0) return []
    const byWorth = entries
      .filter(({ usedAtMs }) => usedAtMs !== nowMs)
      .map((entry) => ({ entry, worth: worthOf(entry, nowMs) }))
      .sort((a, b) => a.worth - b.worth)
    const evicted: CacheEntry[] = []
    for (const { entry } of byWorth) {
      if (excess <= 0) break
      excess -= storedBytes(entry)
      evicted.push(entry)
    }
    return evicted
  }
}

/** Removes what is needed again last: Belady's rule, which is the best one where all sizes and prices are equal. */
function createFarthest(requests: readonly Request[]): Policy {
  const uses = new Map<ContextHash, number[]>()
  for (const { atMs, passages } of requests) {
    for (const hash of passages) uses.set(hash, [...(uses.get(hash) ?? []), atMs])
  }
  return leastFirst(({ contextHash }, nowMs) => {
    const next = uses.get(contextHash)?.find((atMs) => atMs > nowMs)
    return next === undefined ? -Infinity : -next
  })
}

/** The share of all tokens that need not be paid. */
function replay(
  requests: readonly Request[],
  sizes: ReadonlyMap<ContextHash, number>,
  quotaBytes: number,
  policy: Policy,
): number {
  const held = new Map<ContextHash, CacheEntry>()
  let saved = 0
  let total = 0
  for (const { atMs, passages } of requests) {
    for (const contextHash of passages) {
      const sizeBytes = sizes.get(contextHash) ?? 0
      const paid = contextPrice(sizeBytes, PRICE_PER_KB)
      const known = held.get(contextHash)
      total += Number(paid)
      if (known !== undefined) saved += Number(paid)
      held.set(contextHash, {
        contextHash,
        title: '',
        sizeBytes,
        purchase: { seller, paid },
        boughtAtMs: known?.boughtAtMs ?? atMs,
        usedAtMs: atMs,
        uses: (known?.uses ?? 0) + 1,
        worth: 0,
        isPinned: false,
      })
    }
    for (const { contextHash } of policy([...held.values()], quotaBytes, atMs)) held.delete(contextHash)
  }
  return saved / total
}

/** What one reader asks, and how many bytes each passage has. */
function makeReader(seed: number): {
  readonly requests: readonly Request[]
  readonly sizes: ReadonlyMap<ContextHash, number>
} {
  const random = createRandom(seed)
  const topicOf = createZipf(TOPICS, random)
  const passageOf = createZipf(PASSAGES_A_TOPIC, random)
  const sizes = new Map<ContextHash, number>()
  const passage = (topic: number, at: number): ContextHash => {
    const hash = hashText(`${seed} ${topic} ${at}`)
    // Log-normal around 1 KB, as the passages of the evaluation sets are.
    if (!sizes.has(hash)) sizes.set(hash, Math.min(8_000, Math.round(1_000 * Math.exp(0.6 * normal(random)))))
    return hash
  }
  const requests: Request[] = []
  let project: readonly number[] = []
  for (let day = 0; day < DAYS; day++) {
    if (day % PROJECT.days === 0) {
      project = Array.from({ length: PROJECT.topics }, () => Math.floor(random() * TOPICS))
    }
    for (let question = 0; question < QUESTIONS_A_DAY; question++) {
      const own = project[Math.floor(random() * project.length)] ?? 0
      const topic = random() < 0.5 ? own : topicOf()
      const passages = new Set<ContextHash>()
      while (passages.size < PASSAGES_A_QUESTION) passages.add(passage(topic, passageOf()))
      requests.push({ atMs: day * DAY_MS + question * 3_600_000, passages: [...passages] })
    }
  }
  return { requests, sizes }
}

/** Draws ranks from 0 on, each in proportion to 1 / (rank + 1)^0.8 (Breslau et al., INFOCOM 1999). */
function createZipf(count: number, random: () => number): () => number {
  let sum = 0
  const sums = Array.from({ length: count }, (_, rank) => (sum += (rank + 1) ** -0.8))
  return () => {
    const drawn = random() * sum
    return sums.findIndex((upTo) => drawn < upTo)
  }
}

/** Numbers from 0 to below 1, the same ones for the same seed: mulberry32. */
function createRandom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** A normally distributed number, by Box and Muller. */
function normal(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
}
