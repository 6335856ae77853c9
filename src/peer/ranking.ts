import type { ContextHash } from '../domain/content/context-hash.ts'
import type { Context } from '../domain/content/context.ts'
import type { QuantizedVector } from '../domain/retrieval/embedding.ts'
import { scoreCandidates } from '../domain/retrieval/score-candidates.ts'
import { snippetOf } from '../domain/retrieval/snippet.ts'
import type { Embedder } from '../ports/embedder.ts'
import { describedVector } from './described-context.ts'
import type { Candidate } from './discover.ts'
import type { Query } from './query.ts'

/**
 * The best held contexts and candidates in one list, best first. Both are scored by what is known of both alike: title,
 * headings, snippet and vector, of the space in which peers announce. What a provider says about its own candidates counts for nothing.
 */
export function rankTogether(
  query: Query,
  held: readonly Context[],
  candidates: readonly Candidate[],
  vectorsOfHeld: ReadonlyMap<ContextHash, QuantizedVector>,
  embedding: Pick<Embedder, 'space' | 'dimensions'>,
): readonly ContextHash[] {
  const known = held.map((context) => ({
    contextHash: context.contextHash,
    title: context.title,
    headingPath: context.headingPath,
    snippet: snippetOf(context.text, query.question),
    tags: context.tags,
    vector: vectorsOfHeld.get(context.contextHash) ?? null,
  }))
  const offered = candidates.map(({ descriptor: { descriptor }, snippet }) => ({
    contextHash: descriptor.contextHash,
    title: descriptor.title,
    headingPath: descriptor.headingPath,
    snippet,
    tags: descriptor.tags,
    vector: describedVector(descriptor, embedding),
  }))
  const scored = scoreCandidates(query.question, query.vector, [...known, ...offered])
  const best = scored[0]?.score ?? 0
  return scored
    .filter(({ score }) => score > 0 && score >= best * query.minRelevance)
    .slice(0, query.limit)
    .map(({ contextHash }) => contextHash)
}
