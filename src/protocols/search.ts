import * as v from 'valibot'
import { MAX_CONTEXT_BYTES } from '../domain/content/context-hash.ts'
import { MAX_DESCRIPTOR_BYTES } from '../domain/content/descriptor-codec.ts'
import { encodeCbor } from '../domain/kernel/cbor.ts'
import type { QuantizedVector, SpaceId } from '../domain/retrieval/embedding.ts'
import { MAX_SEARCH_HITS } from '../domain/retrieval/search-limits.ts'
import { MAX_QUESTION_TERMS, type TermCounts } from '../domain/retrieval/term-counts.ts'
import { decodeMessage, integer, parseMessage, someBytes, text } from './message.ts'

/*
 * /loremesh/search/1.1.0: one question, answered with descriptors of shared contexts. In the envelope of exchange.ts.
 *   request  [question, [tag, …], vector, limit]      vector = null or [space, values (int8, one byte each), scale]
 *   answer   [[descriptor, snippet, [count, …]], …]   descriptor = its signed bytes, count = how often the text has a term
 */

export const SEARCH_PROTOCOL = '/loremesh/search/1.1.0'
export const MAX_SEARCH_REQUEST_BYTES = 8_192
export const MAX_SEARCH_ANSWER_BYTES = 262_144
const MAX_SNIPPET_CHARS = 160
const MAX_QUESTION_CHARS = 2_000
const MAX_TAGS = 16
const MAX_TAG_CHARS = 64
const MAX_DIMENSIONS = 1_024
/** No text has a term more often than it has bytes. */
const MAX_COUNT = MAX_CONTEXT_BYTES
const MAX_COUNT_BYTES = 5

/** A question with its optional tags and vector; `limit` is the number of hits wanted. */
export interface SearchMessage {
  readonly question: string
  readonly tags: readonly string[]
  readonly vector: QuantizedVector | null
  readonly limit: number
}

/** A hit whose descriptor is still signed bytes. */
export interface SearchHitMessage {
  readonly descriptorWire: Uint8Array
  readonly snippet: string
  /** How often the text has each term of the question, in the order of `questionTerms`. */
  readonly termCounts: TermCounts
}

const vectorSchema = v.strictTuple([text(128), someBytes(MAX_DIMENSIONS), v.pipe(v.number(), v.minValue(0))])
const requestSchema = v.strictTuple([
  text(MAX_QUESTION_CHARS),
  v.pipe(v.array(text(MAX_TAG_CHARS)), v.maxLength(MAX_TAGS)),
  v.nullable(vectorSchema),
  integer(1, MAX_SEARCH_HITS),
])
const answerSchema = v.pipe(
  v.array(
    v.strictTuple([
      someBytes(MAX_DESCRIPTOR_BYTES),
      text(MAX_SNIPPET_CHARS),
      v.pipe(v.array(integer(0, MAX_COUNT)), v.maxLength(MAX_QUESTION_TERMS)),
    ]),
  ),
  v.maxLength(MAX_SEARCH_HITS),
)

/** Body of a request. */
export function encodeSearchRequest({ question, tags, vector, limit }: SearchMessage): Uint8Array {
  return encodeCbor([question, tags, vector === null ? null : encodeVector(vector), limit])
}

/** Parses a request's body; throws `message-too-large` or `bad-encoding`. */
export function parseSearchRequest(body: Uint8Array): SearchMessage {
  const value = decodeMessage(body, MAX_SEARCH_REQUEST_BYTES)
  const [question, tags, vector, limit] = parseMessage(requestSchema, value)
  return { question, tags, vector: vector === null ? null : toVector(vector), limit }
}

/** Body of an answer: as many of the hits, from the first on, as the limit on bytes admits. */
export function encodeSearchAnswer(hits: readonly SearchHitMessage[]): Uint8Array {
  const fitting: SearchHitMessage[] = []
  let room = MAX_SEARCH_ANSWER_BYTES - 8
  for (const hit of hits.slice(0, MAX_SEARCH_HITS)) {
    room -= hit.descriptorWire.length + 4 * MAX_SNIPPET_CHARS + MAX_COUNT_BYTES * hit.termCounts.length + 32
    if (room < 0) break
    fitting.push(hit)
  }
  return encodeCbor(
    fitting.map(({ descriptorWire, snippet, termCounts }) => [
      descriptorWire,
      snippet.slice(0, MAX_SNIPPET_CHARS),
      termCounts,
    ]),
  )
}

/** Parses an answer's body; throws `message-too-large` or `bad-encoding`. */
export function parseSearchAnswer(body: Uint8Array): readonly SearchHitMessage[] {
  const value = decodeMessage(body, MAX_SEARCH_ANSWER_BYTES)
  return parseMessage(answerSchema, value).map(([descriptorWire, snippet, termCounts]) => ({
    descriptorWire,
    snippet,
    termCounts,
  }))
}

function encodeVector({ space, values, scale }: QuantizedVector): readonly [string, Uint8Array, number] {
  return [space, new Uint8Array(values.buffer, values.byteOffset, values.length), scale]
}

function toVector([space, values, scale]: v.InferOutput<typeof vectorSchema>): QuantizedVector {
  return {
    space: space as SpaceId,
    values: new Int8Array(values.buffer, values.byteOffset, values.length),
    scale,
  }
}
