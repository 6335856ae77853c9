import type { ContextHash } from '../domain/content/context-hash.ts'
import type { Context } from '../domain/content/context.ts'
import type { Doubt } from '../domain/retrieval/doubt.ts'
import type { QuantizedVector } from '../domain/retrieval/embedding.ts'
import { areSameOffer, wordRuns, type OfferTraits } from '../domain/retrieval/near-duplicates.ts'
import { scoreCandidates } from '../domain/retrieval/score-candidates.ts'
import { snippetOf } from '../domain/retrieval/snippet.ts'
import { countTerms, questionTerms } from '../domain/retrieval/term-counts.ts'
import type { Embedder } from '../ports/embedder.ts'
import { describedVector } from './described-context.ts'
import type { Candidate } from './discover.ts'
import type { Query } from './query.ts'

/** A passage that is worth having. */
export interface Ranked {
  readonly contextHash: ContextHash
  /** Others that say nearly the same, best first. */
  readonly alike: readonly ContextHash[]
}

/** What the peer has, and what is known of it. */
export interface Held {
  readonly contexts: readonly Context[]
  /** In the space in which peers announce. */
  readonly vectors: ReadonlyMap<ContextHash, QuantizedVector>
  readonly doubts: ReadonlyMap<ContextHash, Doubt>
}

/**
 * The best held contexts and candidates in one list, best first, doubted ones after all others. Both are scored by what is known of both alike: headings,
 * the title of the document, how often the text has the question's terms, and the vector of the space in which peers
 * announce. What says nearly the same as something better, or as something held, is listed with it, not by itself; what is
 * doubted stands for nothing but itself.
 */
export function rankTogether(
  query: Query,
  held: Held,
  candidates: readonly Candidate[],
  embedding: Pick<Embedder, 'space' | 'dimensions'>,
): readonly Ranked[] {
  const terms = questionTerms(query.question)
  const known = held.contexts.map((context) => ({
    contextHash: context.contextHash,
    title: context.documentTitle,
    headingPath: context.headingPath,
    snippet: snippetOf(context.text, query.question),
    sizeBytes: context.sizeBytes,
    tags: context.tags,
    termCounts: countTerms(terms, context.text),
    vector: held.vectors.get(context.contextHash) ?? null,
  }))
  const offered = candidates.map(({ descriptor: { descriptor }, snippet, termCounts }) => ({
    contextHash: descriptor.contextHash,
    title: descriptor.documentTitle,
    headingPath: descriptor.headingPath,
    snippet,
    sizeBytes: descriptor.sizeBytes,
    tags: descriptor.tags,
    termCounts: termCounts ?? countTerms(terms, snippet),
    vector: describedVector(descriptor, embedding),
  }))
  const scored = scoreCandidates(query.question, query.vector, [...known, ...offered])
  const best = scored[0]?.score ?? 0
  const wanted = scored
    .filter(({ score }) => score > 0 && score >= best * query.minRelevance)
    .map(({ contextHash }) => contextHash)
  const isHeld = new Set(held.contexts.map(({ contextHash }) => contextHash))
  const traits = new Map(
    [...known, ...offered].map(({ contextHash, snippet, sizeBytes }) => [
      contextHash,
      { runs: wordRuns(snippet), sizeBytes },
    ]),
  )
  const doubted = wanted.filter((contextHash) => held.doubts.has(contextHash))
  const trusted = wanted.filter((contextHash) => !held.doubts.has(contextHash))
  return [...groupAlike(trusted, traits), ...doubted.map((contextHash): Group => [contextHash])]
    .slice(0, query.limit)
    .map((group): Ranked => {
      // What is held costs nothing, so it stands for what is only nearly the same.
      const [first = group[0]] = group.filter((contextHash) => isHeld.has(contextHash))
      return { contextHash: first, alike: group.filter((contextHash) => contextHash !== first) }
    })
}

type Group = readonly [ContextHash, ...ContextHash[]]

/** Passages that say nearly the same as the first of their group, in the order in which they are given. */
function groupAlike(
  contextHashes: readonly ContextHash[],
  traits: ReadonlyMap<ContextHash, OfferTraits>,
): readonly Group[] {
  const groups: [ContextHash, ...ContextHash[]][] = []
  for (const contextHash of contextHashes) {
    const own = traits.get(contextHash)
    const group = groups.find(([first]) => {
      const others = traits.get(first)
      return own !== undefined && others !== undefined && areSameOffer(own, others)
    })
    if (group === undefined) groups.push([contextHash])
    else group.push(contextHash)
  }
  return groups
}
