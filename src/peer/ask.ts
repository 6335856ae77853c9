import type { ContextHash } from '../domain/content/context-hash.ts'
import type { PeerId } from '../domain/identity/account.ts'
import { LoremeshError } from '../domain/kernel/errors.ts'
import { sumTokens, ZERO_TOKENS, type MicroTokens } from '../domain/kernel/micro-tokens.ts'
import type { Doubt } from '../domain/retrieval/doubt.ts'
import type { QueryVector } from '../domain/retrieval/embedding.ts'
import { MAX_SEARCH_HITS } from '../domain/retrieval/search-limits.ts'
import type { Clock } from '../ports/clock.ts'
import type { ContextStore } from '../ports/context-store.ts'
import type { Embedder } from '../ports/embedder.ts'
import { toResult, usageOf, withDoubt, withSources } from './ask-result.ts'
import type { OwnCache } from './cache.ts'
import type { Discoverer } from './discover.ts'
import type { Doubts } from './doubts.ts'
import { orderResults } from './order-results.ts'
import type { Answer, AskOptions, AskProgress, AskResult, AskTimings, AskTrouble } from './peer.ts'
import { findFalseClaims } from './false-claims.ts'
import type { ProviderStandings } from './provider-standings.ts'
import type { Query } from './query.ts'
import { rankTogether } from './ranking.ts'
import type { Retrieved, Retriever } from './retrieve.ts'
import type { SearchIndex } from './search-index.ts'
import { untilFilled } from './until-filled.ts'

const DEFAULT_LIMIT = 8
const DEFAULT_MIN_RELEVANCE = 0.35
const MAX_QUESTION_CHARACTERS = 1_000
/** How long the contexts found for a question are reused when the same question comes again. */
const REUSE_MS = 10 * 60_000
const MAX_REUSABLE = 200

/** Answers questions. */
export interface Asker {
  ask(question: string, options: AskOptions): Promise<Answer>
}

/** What asking the network brought: hashes of contexts that are held now, best first, and how they came. */
interface NetworkFind {
  /** Peers that offered each context, or nearly the same. */
  readonly offeredBy: ReadonlyMap<ContextHash, readonly PeerId[]>
  readonly contextHashes: readonly ContextHash[]
  readonly retrieved: ReadonlyMap<ContextHash, Retrieved>
  readonly askedPeers: number
  readonly troubles: readonly AskTrouble[]
  readonly fromCache: boolean
  readonly paidEarlier: MicroTokens
  readonly timings: Pick<AskTimings, 'discoverMs' | 'fetchMs' | 'payMs'>
}

/** What the network found for a question, to be used again. */
interface EarlierFind {
  readonly contextHashes: readonly ContextHash[]
  /** What spoke against them then. */
  readonly doubts: ReadonlyMap<ContextHash, Doubt>
  readonly paid: MicroTokens
  readonly atMs: number
}

/** Creates what answers questions from the own index and, through `discoverer` and `retriever`, from other peers. */
export function createAsker(
  components: {
    readonly index: SearchIndex
    readonly contextStore: ContextStore
    readonly discoverer: Discoverer
    readonly retriever: Retriever
    readonly doubts: Doubts
    readonly standings: Pick<ProviderStandings, 'distrust'>
    readonly cache: Pick<OwnCache, 'noteFound'>
    readonly clock: Pick<Clock, 'nowMs' | 'monotonicMs' | 'sleep' | 'abortable'>
  },
  embedding: Pick<Embedder, 'space' | 'dimensions'>,
): Asker {
  const { index, contextStore, discoverer, retriever, doubts, standings, cache, clock } = components
  /** Oldest first, by everything that decides what is found. */
  const reusable = new Map<string, EarlierFind>()

  /** Held contexts in the order in which their full text and vector answer the question. */
  async function toResults(
    question: string,
    queryVectors: readonly QueryVector[],
    contextHashes: readonly ContextHash[],
    { retrieved, offeredBy }: Pick<NetworkFind, 'retrieved' | 'offeredBy'> = NOTHING,
  ): Promise<readonly AskResult[]> {
    const limit = contextHashes.length
    const [hits, contexts] = await Promise.all([
      index.search({ question, queryVectors, tags: [], limit, only: contextHashes }),
      contextStore.getContexts(contextHashes),
    ])
    const doubted = await doubts.about(contexts)
    const scores = new Map(hits.map((hit) => [hit.contextHash, hit.score]))
    const results = contexts
      .map((context) =>
        toResult(context, scores.get(context.contextHash) ?? 0, retrieved.get(context.contextHash)),
      )
      .map((result) => withSources(result, offeredBy.get(result.contextHash) ?? []))
      .map((result) => withDoubt(result, doubted.get(result.contextHash)))
    return orderResults(results)
  }

  /** What the same question found a while ago, if all of it is held still and no more speaks against it than then. */
  async function reuse(key: string): Promise<EarlierFind | undefined> {
    const earlier = reusable.get(key)
    if (earlier === undefined || earlier.atMs + REUSE_MS <= clock.nowMs()) return undefined
    if (!earlier.contextHashes.every(index.has)) return undefined
    const doubted = await doubts.about(await contextStore.getContexts(earlier.contextHashes))
    return [...doubted.keys()].every((contextHash) => earlier.doubts.has(contextHash)) ? earlier : undefined
  }

  async function askNetwork(
    query: Query,
    local: readonly ContextHash[],
    { scope, maxTokenCost, signal }: AskOptions,
    report: (stage: AskProgress['stage'], message: string) => void,
  ): Promise<NetworkFind> {
    const started = clock.monotonicMs()
    const key = JSON.stringify([
      query.question.toLowerCase(),
      scope,
      query.tags,
      query.limit,
      query.minRelevance,
    ])
    const earlier = await reuse(key)
    if (earlier !== undefined) {
      cache.noteFound(earlier.contextHashes)
      return reused(earlier)
    }

    const forwarded = signal === undefined ? {} : { signal }
    const discovery = await discoverer.discover(query, {
      limit: Math.min(query.limit, MAX_SEARCH_HITS),
      onAsking: (peers) => report('asking', `Asking ${peers} ${peers === 1 ? 'peer' : 'peers'}`),
      ...forwarded,
    })
    const discoverMs = clock.monotonicMs() - started

    const offered = new Map(
      discovery.candidates.map((found) => [found.descriptor.descriptor.contextHash, found]),
    )
    const known = [...new Set([...local, ...[...offered.keys()].filter(index.has)])]
    cache.noteFound(known)
    const contexts = await contextStore.getContexts(known)
    const unheld = [...offered].filter(([contextHash]) => !index.has(contextHash))
    const [vectors, doubted] = await Promise.all([
      index.vectorsOf(known),
      doubts.about([...contexts, ...unheld.map(([, { descriptor }]) => descriptor.descriptor)]),
    ])
    const buyable = new Map(unheld.filter(([contextHash]) => !doubted.has(contextHash)))
    const wanted = rankTogether(
      query,
      { contexts, vectors, doubts: doubted },
      [...buyable.values()],
      embedding,
    )
    const best = wanted.filter(({ contextHash }) => !index.has(contextHash))
    const toBuy = best.flatMap(({ contextHash }) => buyable.get(contextHash) ?? [])
    const bought = await retriever.retrieve(toBuy, {
      question: query.question,
      maxTokenCost,
      onStage: (stage) =>
        report(
          stage,
          stage === 'paying'
            ? 'Paying'
            : `Fetching ${toBuy.length} ${toBuy.length === 1 ? 'passage' : 'passages'}`,
        ),
      ...forwarded,
    })

    const texts = await contextStore.getContexts([...bought.retrieved.keys()])
    const liars = findFalseClaims(query.question, offered, texts)
    for (const peerId of liars) standings.distrust(peerId)

    const contextHashes = wanted.map(({ contextHash }) => contextHash).filter(index.has)
    const providersOf = (contextHash: ContextHash): readonly PeerId[] =>
      offered.get(contextHash)?.offers.map(({ provider }) => provider.peerId) ?? []
    const offeredBy = new Map(
      wanted.map(({ contextHash, alike }) => [contextHash, [contextHash, ...alike].flatMap(providersOf)]),
    )
    if (bought.complete && contextHashes.length > 0) {
      reusable.delete(key)
      const paid = sumTokens(contextHashes.map((hash) => bought.retrieved.get(hash)?.paid ?? ZERO_TOKENS))
      reusable.set(key, { contextHashes, doubts: doubted, paid, atMs: clock.nowMs() })
      const [oldest] = reusable.keys()
      if (reusable.size > MAX_REUSABLE && oldest !== undefined) reusable.delete(oldest)
    }
    return {
      contextHashes,
      retrieved: bought.retrieved,
      offeredBy,
      askedPeers: discovery.askedPeers,
      troubles: [...discovery.troubles, ...bought.troubles, ...liars.map(liarTrouble)],
      fromCache: false,
      paidEarlier: ZERO_TOKENS,
      timings: { discoverMs, fetchMs: bought.fetchMs, payMs: bought.payMs },
    }
  }

  return {
    async ask(rawQuestion, askOptions) {
      const { scope, signal, onProgress, tags = [], limit = DEFAULT_LIMIT } = askOptions
      const { minRelevance = DEFAULT_MIN_RELEVANCE } = askOptions
      const question = checkQuestion(rawQuestion)
      const started = clock.monotonicMs()
      onProgress?.({ stage: 'searching', message: 'Searching your library', results: [] })
      await untilFilled(index, clock, signal)
      const queryVectors = await index.embedQuestion(question, signal)
      const vector = queryVectors.find(({ space }) => space === embedding.space)?.values ?? null
      const query: Query = { question, vector, tags, limit, minRelevance }
      const localHits = scope === 'network' ? [] : await index.search({ question, queryVectors, tags, limit })
      const local = localHits.map((hit) => hit.contextHash)
      cache.noteFound(local)
      const localResults = await toResults(question, queryVectors, local)
      const localMs = clock.monotonicMs() - started

      const found =
        scope === 'library'
          ? onlyLocal(local)
          : await askNetwork(query, local, askOptions, (stage, message) =>
              onProgress?.({ stage, message, results: localResults }),
            )
      const results =
        scope === 'library'
          ? localResults
          : await toResults(question, queryVectors, found.contextHashes, found)
      onProgress?.({ stage: 'done', message: 'Done', results })
      return {
        question,
        results,
        askedPeers: found.askedPeers,
        fromCache: found.fromCache,
        paidEarlier: found.paidEarlier,
        timings: { localMs, ...found.timings, totalMs: clock.monotonicMs() - started },
        usage: usageOf(question, results),
        troubles: found.troubles,
      }
    },
  }
}

const NOTHING = { retrieved: new Map<ContextHash, Retrieved>(), offeredBy: new Map<ContextHash, PeerId[]>() }
const noTimings = { discoverMs: 0, fetchMs: 0, payMs: 0 }

function onlyLocal(contextHashes: readonly ContextHash[]): NetworkFind {
  return {
    contextHashes,
    ...NOTHING,
    askedPeers: 0,
    troubles: [],
    fromCache: false,
    paidEarlier: ZERO_TOKENS,
    timings: noTimings,
  }
}

function reused({ contextHashes, paid }: EarlierFind): NetworkFind {
  return { ...onlyLocal(contextHashes), fromCache: true, paidEarlier: paid }
}

function liarTrouble(provider: PeerId): AskTrouble {
  return {
    provider,
    code: 'bad-content',
    message: 'The peer said something false about what its passages say',
    hint: 'Nothing more is bought of it until Loremesh is started again',
  }
}

function checkQuestion(question: string): string {
  const trimmed = question.trim()
  if (trimmed === '')
    throw new LoremeshError('bad-input', 'The question is empty', 'Write what you want to know')
  if (trimmed.length > MAX_QUESTION_CHARACTERS) {
    throw new LoremeshError('bad-input', `The question is longer than ${MAX_QUESTION_CHARACTERS} characters`)
  }
  return trimmed
}
