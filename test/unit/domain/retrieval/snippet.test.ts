import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bytesToText, textToBytes } from '../../../../src/domain/kernel/bytes.ts'
import {
  MAX_SNIPPET_LENGTH,
  findHighlights,
  isSnippetOf,
  snippetOf,
} from '../../../../src/domain/retrieval/snippet.ts'

const passage = [
  '# Trackers',
  '',
  'A tracker knows which peers share a torrent. Every announce renews an entry.',
  '',
  '- Peers announce every 30 seconds,',
  '  so that those who left are forgotten soon.',
  '- A scrape returns numbers only.',
].join('\n')

const texts = fc.oneof(
  fc.lorem({ mode: 'sentences', maxCount: 20 }),
  fc.string({ unit: 'binary', maxLength: 600 }),
)

describe('snippetOf', () => {
  it('is on one line and at most 160 characters, whatever the text and question', () => {
    fc.assert(
      fc.property(texts, texts, (text, question) => {
        const snippet = snippetOf(text, question)
        expect(snippet.length).toBeLessThanOrEqual(MAX_SNIPPET_LENGTH)
        expect(snippet).not.toMatch(/[\n\t]| {2}/)
      }),
    )
  })

  it('starts with the sentence that answers', () => {
    expect(snippetOf(passage, 'What does a scrape return?')).toBe('A scrape returns numbers only.')
    expect(snippetOf(passage, 'how many seconds between announces')).toMatch(
      /^Peers announce every 30 seconds, so that/,
    )
  })

  it('cuts a long sentence where its words are, and says so', () => {
    const long = `${'word '.repeat(80)}voucher ${'word '.repeat(80)}`
    const snippet = snippetOf(long, 'voucher')
    expect(snippet).toMatch(/^…voucher word .* word…$/)
  })

  it('is the beginning of a text that has no word of the question', () => {
    expect(snippetOf(passage, 'bread')).toMatch(/^# Trackers A tracker knows/)
    expect(snippetOf('', 'bread')).toBe('')
  })
})

describe('isSnippetOf', () => {
  it('knows every snippet in its text, also as it arrives in UTF-8', () => {
    fc.assert(
      fc.property(texts, texts, (text, question) => {
        const arrived = bytesToText(textToBytes(snippetOf(text, question)))
        expect(isSnippetOf(arrived, text)).toBe(true)
      }),
    )
    const indented = `${'word '.repeat(8)}${' '.repeat(1_239)}🥖`
    expect(isSnippetOf(bytesToText(textToBytes(snippetOf(indented, 'bread'))), indented)).toBe(true)
  })

  it('knows that a text does not say what another says', () => {
    expect(isSnippetOf(snippetOf(passage, 'scrape'), 'A scrape returns nothing.')).toBe(false)
  })
})

describe('findHighlights', () => {
  it('marks the best sentence and every word of the question in any inflection', () => {
    const { sentence, words } = findHighlights(passage, 'how many seconds between announces')
    expect(passage.slice(sentence?.start, sentence?.end)).toBe(
      'Peers announce every 30 seconds,\n  so that those who left are forgotten soon.',
    )
    expect(words.map(({ start, end }) => passage.slice(start, end))).toEqual([
      'announce',
      'announce',
      'seconds',
    ])
  })

  it('marks nothing without a word of the question', () => {
    expect(findHighlights(passage, 'bread')).toEqual({ sentence: null, words: [] })
  })

  it('gives ranges inside the text, in order', () => {
    fc.assert(
      fc.property(texts, (text) => {
        const { sentence, words } = findHighlights(text, text)
        let last = 0
        for (const { start, end } of words) {
          expect(start).toBeGreaterThanOrEqual(last)
          expect(end).toBeGreaterThan(start)
          last = end
        }
        expect(last).toBeLessThanOrEqual(text.length)
        if (sentence !== null) expect(sentence.end).toBeGreaterThan(sentence.start)
      }),
    )
  })
})
