import type { ContextHash } from '../content/context-hash.ts'
import { cosineSimilarity, type QuantizedVector, type SpaceId } from './embedding.ts'
import { fuseScores, understands, type Hit } from './fusion.ts'
import { countTerms, questionTerms, type TermCounts } from './term-counts.ts'
import { textTerms } from './tokenize.ts'
import { WORD_WEIGHTS } from './word-index.ts'

/** What is known of a context before it is paid for. */
export interface ScoredCandidate {
  readonly contextHash: ContextHash
  readonly title: string
  readonly headingPath: readonly string[]
  readonly tags: readonly string[]
  readonly sizeBytes: number
  /** The question's terms in the text. */
  readonly termCounts: TermCounts
  /** Its announced vector; null when there is none or it is of another space than the question's. */
  readonly vector: QuantizedVector | null
}

/**
 * The passages behind a candidate. Candidates are the best of many more, so a term that all of them have is rare among
 * all. Ten times as many or as few change the ranking little: docs/measurements/ask.md.
 */
const PASSAGES_PER_CANDIDATE = 100

/** A part of a candidate: how often it has each term, how long it is, and what it counts. */
interface Field {
  readonly counts: TermCounts
  /** In any unit, the same for this field of all candidates. */
  readonly length: number
  readonly weight: number
}

/**
 * Ranks candidates by the own measure, whatever scores their peers claim, best first. Scores are comparable among the
 * candidates of one call only: to weigh own contexts against them, pass these too.
 */
export function scoreCandidates(
  question: string,
  queryVector: Float32Array | null,
  candidates: readonly ScoredCandidate[],
): Hit[] {
  const different = [...new Map(candidates.map((one) => [one.contextHash, one])).values()]
  const similarities = new Map<ContextHash, number>()
  let space: SpaceId | undefined
  for (const { vector, contextHash } of different) {
    if (queryVector === null || vector === null) continue
    space = vector.space
    const similarity = cosineSimilarity(queryVector, vector)
    if (similarity > 0) similarities.set(contextHash, similarity)
  }
  return fuseScores(
    scoreWords(questionTerms(question), different),
    space === undefined || !understands(space, question) ? [] : [{ space, similarities }],
  )
}

/**
 * Okapi BM25 as in `createWordIndex`, with what candidates tell: bytes for the length of a text, and for the rarity of a
 * term the candidates that have it among all passages behind them.
 */
function scoreWords(
  terms: readonly string[],
  candidates: readonly ScoredCandidate[],
): ReadonlyMap<ContextHash, number> {
  const read = candidates.map((candidate) => ({
    contextHash: candidate.contextHash,
    fields: fieldsOf(candidate, terms),
  }))
  const meanLengths = [0, 1, 2, 3].map(
    (field) => read.reduce((sum, { fields }) => sum + (fields[field]?.length ?? 0), 0) / read.length,
  )
  const passages = PASSAGES_PER_CANDIDATE * read.length
  const rarities = terms.map((_, term) => {
    const having = read.filter(({ fields }) => fields.some(({ counts }) => (counts[term] ?? 0) > 0)).length
    return Math.log(1 + (passages - having + 0.5) / (having + 0.5))
  })
  const scores = new Map<ContextHash, number>()
  for (const { contextHash, fields } of read) {
    const byTerm = rarities.map((rarity, term) => rarity * termWeight(term, fields, meanLengths))
    const found = byTerm.filter((score) => score > 0)
    if (found.length === 0) continue
    const sum = found.reduce((total, score) => total + score, 0)
    scores.set(contextHash, sum * found.length ** WORD_WEIGHTS.coordination)
  }
  return scores
}

function fieldsOf(
  { title, headingPath, tags, sizeBytes, termCounts }: ScoredCandidate,
  terms: readonly string[],
): readonly Field[] {
  const known = [
    { text: title, weight: WORD_WEIGHTS.title },
    { text: headingPath.join(' '), weight: WORD_WEIGHTS.heading },
    { text: tags.join(' '), weight: WORD_WEIGHTS.tags },
  ]
  return [
    { counts: termCounts, length: sizeBytes, weight: 1 },
    ...known.map(({ text, weight }) => ({
      counts: countTerms(terms, text),
      length: new Set(textTerms(text)).size,
      weight,
    })),
  ]
}

/** A term's part of BM25 but for its rarity, all fields together. */
function termWeight(term: number, fields: readonly Field[], meanLengths: readonly number[]): number {
  const { k1, b } = WORD_WEIGHTS
  let sum = 0
  for (const [at, { counts, length, weight }] of fields.entries()) {
    const count = counts[term] ?? 0
    if (count === 0) continue
    const relative = length / (meanLengths[at] ?? length)
    sum += (weight * count * (k1 + 1)) / (count + k1 * (1 - b + b * relative))
  }
  return sum
}
