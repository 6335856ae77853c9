import { create, insertMultiple, search } from '@orama/orama'
import MiniSearch from 'minisearch'
import { createVectorKernel } from '../../src/adapters/passage-index/wasm-vector-kernel.ts'
import type { ContextHash } from '../../src/domain/content/context-hash.ts'
import { cosineSimilarity, quantizeVector, type SpaceId } from '../../src/domain/retrieval/embedding.ts'
import type { SpaceSimilarities } from '../../src/domain/retrieval/fusion.ts'
import { createLocalIndex } from '../../src/domain/retrieval/local-index.ts'
import { createWordIndex } from '../../src/domain/retrieval/word-index.ts'
import type { Embedder } from '../../src/ports/embedder.ts'
import type { Passage } from './corpus.ts'
import type { EvaluationSet } from './evaluation-set.ts'

/** What a ranking by vectors needs. */
export type EvaluatedEmbedder = Pick<Embedder, 'space' | 'embed'>

/** A question's scores in what the product knows: words, and similarities in each space. */
export interface Signals {
  readonly wordScores: ReadonlyMap<ContextHash, number>
  readonly spaces: readonly SpaceSimilarities[]
}

/** Passages ranked for each question of a set, best first. */
export type Rankings = readonly (readonly ContextHash[])[]

const BEST = 10

/** The product's signals for each question of a set; vectors are int8, as they are kept. */
export async function measureSignals(
  { passages, questions }: EvaluationSet,
  embedders: readonly EvaluatedEmbedder[],
): Promise<readonly Signals[]> {
  const words = createWordIndex()
  for (const passage of passages) words.add(passage)
  const similarities = await Promise.all(
    embedders.map(async ({ space, embed }) => {
      const embedded = await embed(
        passages.map(({ text }) => text),
        'passage',
      )
      const vectors = embedded.map((vector) => quantizeVector(space, vector))
      const queries = await embed(
        questions.map(({ question }) => question),
        'query',
      )
      return queries.map((query): SpaceSimilarities => {
        const pairs = passages.map(
          ({ contextHash }, i) =>
            [contextHash, vectors[i] ? cosineSimilarity(query, vectors[i]) : 0] as const,
        )
        return { space, similarities: new Map(pairs.filter(([, similarity]) => similarity > 0)) }
      })
    }),
  )
  return questions.map(({ question }, i) => ({
    wordScores: words.search(question),
    spaces: similarities.flatMap((byQuestion) => byQuestion[i] ?? []),
  }))
}

/** Puts a set into the product's own index; the result ranks by words and by vectors of the spaces that are named. */
export async function openProductRanking(
  { passages, questions }: EvaluationSet,
  embedders: readonly EvaluatedEmbedder[],
): Promise<(spaces: readonly SpaceId[]) => Rankings> {
  const index = createLocalIndex(createVectorKernel)
  index.add(passages)
  const asked = await Promise.all(
    embedders.map(async ({ space, embed }) => {
      const embedded = await embed(
        passages.map(({ text }) => text),
        'passage',
      )
      const pairs = passages.flatMap(({ contextHash }, at) => {
        const vector = embedded[at]
        return vector === undefined ? [] : [[contextHash, quantizeVector(space, vector)] as const]
      })
      index.setVectors(space, new Map(pairs))
      const queries = await embed(
        questions.map(({ question }) => question),
        'query',
      )
      return { space, queries }
    }),
  )
  return (spaces) =>
    questions.map(({ question }, at) => {
      const queryVectors = asked.flatMap(({ space, queries }) => {
        const values = queries[at]
        return spaces.includes(space) && values !== undefined ? [{ space, values }] : []
      })
      const hits = index.search({ question, queryVectors, tags: [], limit: BEST })
      return hits.map(({ contextHash }) => contextHash)
    })
}

/** The best by one signal; equal scores are in the order of their hashes. */
export function rankByScore(scores: ReadonlyMap<ContextHash, number>): readonly ContextHash[] {
  return [...scores]
    .sort(([hashA, a], [hashB, b]) => b - a || (hashA < hashB ? -1 : 1))
    .slice(0, BEST)
    .map(([contextHash]) => contextHash)
}

/** MiniSearch as it is without settings, over the same fields. */
export function rankByMiniSearch({ passages, questions }: EvaluationSet): Rankings {
  const index = new MiniSearch({ fields: ['title', 'heading', 'text', 'tags'] })
  index.addAll(passages.map((passage) => ({ id: passage.contextHash, ...toFields(passage) })))
  return questions.map(({ question }) =>
    index
      .search(question)
      .slice(0, BEST)
      .map(({ id }) => id as ContextHash),
  )
}

/** Orama as it is without settings, over the same fields. */
export async function rankByOrama({ passages, questions }: EvaluationSet): Promise<Rankings> {
  const index = create({
    schema: { title: 'string', heading: 'string', text: 'string', tags: 'string' } as const,
  })
  await insertMultiple(
    index,
    passages.map((passage) => ({ id: passage.contextHash, ...toFields(passage) })),
  )
  return Promise.all(
    questions.map(async ({ question }) => {
      const { hits } = await search(index, { term: question, limit: BEST })
      return hits.map(({ id }) => id as ContextHash)
    }),
  )
}

function toFields({
  title,
  headingPath,
  text,
  tags,
}: Passage): Record<'title' | 'heading' | 'text' | 'tags', string> {
  return { title, heading: headingPath.join(' '), text, tags: tags.join(' ') }
}
