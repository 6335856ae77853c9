import { expect, test } from 'vitest'
import { MAX_TAGS, normalizeTags } from '../../../../src/domain/content/tags.ts'

test('tags are lower case, hyphenated, without hash signs, each once', () => {
  expect(normalizeTags(['Machine Learning', '#rag', 'RAG', '', ' \n '])).toEqual(['machine-learning', 'rag'])
})

test('tags are clipped in length and number', () => {
  expect(normalizeTags(['a'.repeat(100)])).toEqual(['a'.repeat(40)])
  expect(normalizeTags(Array.from({ length: 50 }, (_, at) => `tag ${at}`))).toHaveLength(MAX_TAGS)
})
