import { describe, expect, it } from 'vitest'
import { MAX_DESCRIPTOR_BYTES } from '../../../src/domain/content/descriptor-codec.ts'
import { encodeCbor, type CborValue } from '../../../src/domain/kernel/cbor.ts'
import { MAX_SEARCH_HITS } from '../../../src/domain/retrieval/search-limits.ts'
import { quantizeVector, type SpaceId } from '../../../src/domain/retrieval/embedding.ts'
import { MAX_QUESTION_TERMS } from '../../../src/domain/retrieval/term-counts.ts'
import {
  encodeSearchAnswer,
  encodeSearchRequest,
  MAX_SEARCH_ANSWER_BYTES,
  MAX_SEARCH_REQUEST_BYTES,
  parseSearchAnswer,
  parseSearchRequest,
  type SearchMessage,
} from '../../../src/protocols/search.ts'
import { expectRefusal } from '../../support/ledger.ts'
import { testBytes } from '../../support/test-contexts.ts'

const plain: SearchMessage = {
  question: 'Wo ist es?',
  tags: ['a', 'b'],
  vector: null,
  limit: MAX_SEARCH_HITS,
}
const descriptor = testBytes(2_000)

describe('a search request', () => {
  it('comes out as it went in, with and without a vector', () => {
    const vector = quantizeVector(
      'space' as SpaceId,
      Float32Array.from({ length: 384 }, (_, i) => Math.sin(i)),
    )
    for (const request of [plain, { ...plain, vector }]) {
      expect(parseSearchRequest(encodeSearchRequest(request))).toEqual(request)
    }
  })

  it.each<[string, CborValue]>([
    ['no limit', ['q', [], null, 0]],
    ['a limit above the cap', ['q', [], null, MAX_SEARCH_HITS + 1]],
    ['a question too long', ['q'.repeat(2_001), [], null, 1]],
    ['too many tags', ['q', Array.from({ length: 17 }, () => 't'), null, 1]],
    ['a negative scale', ['q', [], ['s', testBytes(3), -1], 1]],
    ['an empty vector', ['q', [], ['s', new Uint8Array(), 1], 1]],
    ['too many dimensions', ['q', [], ['s', testBytes(1_025), 1], 1]],
  ])('with %s is refused', (_, value) => {
    expectRefusal(() => parseSearchRequest(encodeCbor(value)), 'bad-encoding')
  })

  it('above its size limit is refused', () => {
    expectRefusal(() => parseSearchRequest(new Uint8Array(MAX_SEARCH_REQUEST_BYTES + 1)), 'message-too-large')
  })
})

describe('a search answer', () => {
  it('comes out as it went in', () => {
    const hits = [[], [0], [65_536, 0, 1]].map((termCounts, n) => ({
      descriptorWire: descriptor,
      snippet: `passage ${n}`,
      termCounts,
    }))
    expect(parseSearchAnswer(encodeSearchAnswer(hits))).toEqual(hits)
  })

  it('holds the first hits that fit, up to the cap, with snippets of at most 160 characters', () => {
    const termCounts = Array.from({ length: MAX_QUESTION_TERMS }, () => 65_536)
    const hit = { descriptorWire: testBytes(MAX_DESCRIPTOR_BYTES), snippet: '€'.repeat(500), termCounts }
    const body = encodeSearchAnswer(Array.from({ length: 100 }, () => hit))
    expect(body.length).toBeLessThanOrEqual(MAX_SEARCH_ANSWER_BYTES)
    const hits = parseSearchAnswer(body)
    expect(hits.length).toBe(51)
    expect(hits[0]?.snippet).toHaveLength(160)
    const small = { descriptorWire: testBytes(10), snippet: '', termCounts: [1] }
    const many = Array.from({ length: MAX_SEARCH_HITS + 9 }, () => small)
    expect(parseSearchAnswer(encodeSearchAnswer(many))).toHaveLength(MAX_SEARCH_HITS)
  })

  it.each<[string, CborValue]>([
    ['a term more often than a text has bytes', [[descriptor, 's', [65_537]]]],
    ['a term less often than never', [[descriptor, 's', [-1]]]],
    ['a fraction of a term', [[descriptor, 's', [0.5]]]],
    ['a term too many', [[descriptor, 's', Array.from({ length: MAX_QUESTION_TERMS + 1 }, () => 1)]]],
    ['an oversize descriptor', [[testBytes(MAX_DESCRIPTOR_BYTES + 1), 's', []]]],
    ['a snippet too long', [[descriptor, 's'.repeat(161), []]]],
    ['a hit too many', Array.from({ length: MAX_SEARCH_HITS + 1 }, () => [Uint8Array.of(1), 's', []])],
  ])('with %s is refused', (_, value) => {
    expectRefusal(() => parseSearchAnswer(encodeCbor(value)), 'bad-encoding')
  })
})
