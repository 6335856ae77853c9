import type { ContextHash } from '../content/context-hash.ts'
import type { QuantizedVector, QueryVector, SpaceId } from './embedding.ts'
import { fuseScores, understands, type Hit, type SpaceSimilarities } from './fusion.ts'
import { createVectorIndex, type VectorIndex } from './vector-index.ts'
import { createPlainKernel, type VectorKernel } from './vector-kernel.ts'
import { createWordIndex, type IndexedText } from './word-index.ts'

/** A question to an index of passages. */
export interface PassageQuery {
  readonly question: string
  /**
   * The question's vectors, one a space. Words alone decide without any, where nothing is of their spaces, and where these
   * do not understand the question's language.
   */
  readonly queryVectors: readonly QueryVector[]
  /** Only passages that carry all of these tags; upper and lower case are the same. */
  readonly tags: readonly string[]
  readonly limit: number
  /** Only these passages. */
  readonly only?: readonly ContextHash[]
  /** Only passages that were marked as shared. */
  readonly sharedOnly?: boolean
}

/** Passages, searchable by words and by vectors of any number of spaces; those of different spaces are never compared. */
export interface LocalIndex {
  /** Adds passages; one that is there already is replaced, and keeps its vectors and whether it is shared. */
  add(passages: readonly IndexedText[]): void
  /** Adds vectors of one space; throws `bad-input` for one of another. Those of passages that are not there are ignored. */
  setVectors(space: SpaceId, vectors: ReadonlyMap<ContextHash, QuantizedVector>): void
  /** Vectors of a space, as far as these passages have any. */
  vectorsOf(space: SpaceId, contextHashes: readonly ContextHash[]): ReadonlyMap<ContextHash, QuantizedVector>
  /** Forgets all vectors of a space. */
  forgetSpace(space: SpaceId): void
  remove(contextHashes: readonly ContextHash[]): void
  /** Says whether passages are shared; new ones are not. */
  markShared(contextHashes: readonly ContextHash[], isShared: boolean): void
  /** The best passages, best first. */
  search(query: PassageQuery): readonly Hit[]
}

interface Row {
  readonly contextHash: ContextHash
  tags: ReadonlySet<string>
  isShared: boolean
}

/** Creates an empty index. `createKernel` is called once a space. */
export function createLocalIndex(createKernel: () => VectorKernel = createPlainKernel): LocalIndex {
  const words = createWordIndex()
  const spaces = new Map<SpaceId, VectorIndex>()
  /** By number; those of removed passages are empty, and free. */
  const rows: (Row | undefined)[] = []
  const free: number[] = []
  const numbers = new Map<ContextHash, number>()

  function rowOf(contextHash: ContextHash): Row | undefined {
    const number = numbers.get(contextHash)
    return number === undefined ? undefined : rows[number]
  }

  function numbersOf(contextHashes: Iterable<ContextHash>): readonly number[] {
    return [...contextHashes].flatMap((contextHash) => numbers.get(contextHash) ?? [])
  }

  function add(passage: IndexedText): void {
    const { contextHash } = passage
    const tags = new Set(passage.tags.map((tag) => tag.toLowerCase()))
    const known = rowOf(contextHash)
    words.add(passage)
    if (known !== undefined) {
      known.tags = tags
      return
    }
    const number = free.pop() ?? rows.length
    numbers.set(contextHash, number)
    rows[number] = { contextHash, tags, isShared: false }
  }

  function remove(contextHash: ContextHash): void {
    const number = numbers.get(contextHash)
    if (number === undefined) return
    numbers.delete(contextHash)
    rows[number] = undefined
    free.push(number)
    words.remove(contextHash)
    for (const vectors of spaces.values()) vectors.clear(number)
  }

  /** What a query lets through; undefined when that is everything. */
  function filterOf({ tags, only, sharedOnly = false }: PassageQuery): ((row: Row) => boolean) | undefined {
    if (tags.length === 0 && only === undefined && !sharedOnly) return undefined
    const wantedTags = tags.map((tag) => tag.toLowerCase())
    const wanted = only === undefined ? undefined : new Set(only)
    return (row) =>
      (!sharedOnly || row.isShared) &&
      wantedTags.every((tag) => row.tags.has(tag)) &&
      wanted?.has(row.contextHash) !== false
  }

  function comesFirst(number: number, other: number): boolean {
    return (rows[number]?.contextHash ?? '') < (rows[other]?.contextHash ?? '')
  }

  /**
   * Similarities, in each space of the question's vectors, of the passages that share a word with it and of the nearest ones
   * of any space. With one space no other passage can be among the best `limit`: it has no word in common, and at least so
   * many others are as near. With several, one that is left out has so many nearer ones in each of them.
   */
  function similaritiesOf(
    { question, queryVectors, limit, only }: PassageQuery,
    withWords: Iterable<ContextHash>,
    accepts: (number: number) => boolean,
  ): readonly SpaceSimilarities[] {
    const asked = queryVectors.flatMap(({ space, values }) => {
      const vectors = spaces.get(space)
      return vectors === undefined || !understands(space, question) ? [] : [{ space, values, vectors }]
    })
    const nearest = asked.flatMap(({ values, vectors }) =>
      only === undefined ? vectors.nearest(values, limit, { accepts, comesFirst }) : [],
    )
    const compared = new Set([
      ...numbersOf(withWords),
      ...numbersOf(only ?? []).filter(accepts),
      ...nearest.map(({ row }) => row),
    ])
    return asked.map(({ space, values, vectors }) => {
      const similarities = new Map<ContextHash, number>()
      for (const { row, score } of vectors.similarities(values, compared)) {
        const contextHash = rows[row]?.contextHash
        if (contextHash !== undefined) similarities.set(contextHash, score)
      }
      return { space, similarities }
    })
  }

  return {
    add(passages) {
      for (const passage of passages) add(passage)
    },
    setVectors(space, vectors) {
      for (const [contextHash, vector] of vectors) {
        const number = numbers.get(contextHash)
        if (number === undefined) continue
        let index = spaces.get(space)
        if (index === undefined) {
          index = createVectorIndex(createKernel(), space, vector.values.length)
          spaces.set(space, index)
        }
        index.set(number, vector)
      }
    },
    vectorsOf(space, contextHashes) {
      const found = new Map<ContextHash, QuantizedVector>()
      for (const contextHash of contextHashes) {
        const number = numbers.get(contextHash)
        const vector = number === undefined ? null : spaces.get(space)?.get(number)
        if (vector) found.set(contextHash, vector)
      }
      return found
    },
    forgetSpace(space) {
      spaces.delete(space)
    },
    remove(contextHashes) {
      for (const contextHash of contextHashes) remove(contextHash)
    },
    markShared(contextHashes, isShared) {
      for (const contextHash of contextHashes) {
        const row = rowOf(contextHash)
        if (row !== undefined) row.isShared = isShared
      }
    },
    search(query) {
      if (query.limit <= 0) return []
      const filter = filterOf(query)
      const accepts = (row: Row | undefined): boolean =>
        row !== undefined && (filter === undefined || filter(row))
      const wordScores = words.search(
        query.question,
        filter && ((contextHash) => accepts(rowOf(contextHash))),
      )
      const similarities = similaritiesOf(query, wordScores.keys(), (number) => accepts(rows[number]))
      return fuseScores(wordScores, similarities).slice(0, query.limit)
    },
  }
}
