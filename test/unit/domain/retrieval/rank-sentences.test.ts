import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { rankSentences } from '../../../../src/domain/retrieval/rank-sentences.ts'
import { findSentences } from '../../../../src/domain/retrieval/sentences.ts'
import answerSentences from './answer-sentences.json' with { type: 'json' }

const guide = resolve(import.meta.dirname, '../../../../content/guide')
/** Share of the hand-made questions whose answer is the best sentence; the ranking by words alone reached 0.76. */
const LEAST_ACCURACY = 0.9

/** The sections of the guide by their headings. */
function readSections(): ReadonlyMap<string, string> {
  const sections = readdirSync(guide).flatMap((name) =>
    readFileSync(join(guide, name), 'utf8')
      .split(/^(?=## )/m)
      .slice(1),
  )
  return new Map(sections.map((text) => [/^## (.*)/.exec(text)?.[1] ?? '', text.trim()]))
}

function bestSentence(text: string, question: string): string {
  const [ranked = []] = rankSentences([{ text }], question)
  const best = ranked.reduce((a, b) => (b.score > a.score ? b : a))
  return text.slice(best.start, best.end)
}

describe('rankSentences', () => {
  it('puts the sentence that answers first for most questions', () => {
    const sections = readSections()
    const right = answerSentences.items.filter(([heading = '', question = '', answer = '']) => {
      const text = sections.get(heading) ?? ''
      expect(text, `${heading} is in the guide`).toContain(answer)
      return bestSentence(text, question).includes(answer)
    })
    expect(right.length / answerSentences.items.length).toBeGreaterThanOrEqual(LEAST_ACCURACY)
  })

  it('prefers the answer to the heading or question that it stands under', () => {
    expect(
      bestSentence('# Sharing a document\n\nSwitch it on. It costs nothing.', 'sharing a document'),
    ).toBe('Switch it on.')
    expect(bestSentence('How is rain made? Clouds grow heavy. Birds sing.', 'how is rain made?')).toBe(
      'Clouds grow heavy.',
    )
  })

  it('prefers a number where one is asked for', () => {
    const text = 'The queue has a limit for its size. The size of the queue is at most 40 entries.'
    expect(bestSentence(text, 'how big is the queue?')).toContain('40')
  })

  it('scores nothing without a word of the question', () => {
    const [ranked = []] = rankSentences([{ text: 'Bread rises. Butter melts.' }], 'tracker announce')
    expect(ranked.map(({ score, coverage }) => score + coverage)).toEqual([0, 0])
  })
})

describe('findSentences', () => {
  const read = (text: string) => findSentences(text).map(({ start, end }) => text.slice(start, end))

  it('splits prose, keeps abbreviations, numbers and names whole', () => {
    expect(
      read(
        'Use a cache, e.g. Redis 7.2. It helps (a lot.) See Fig. 3 of J. Doe et al. for more! Why? "Speed."',
      ),
    ).toEqual([
      'Use a cache, e.g. Redis 7.2.',
      'It helps (a lot.)',
      'See Fig. 3 of J. Doe et al. for more!',
      'Why?',
      '"Speed."',
    ])
    expect(read('雨が降る。雪も降る。')).toEqual(['雨が降る。', '雪も降る。'])
  })

  it('takes headings, items, quotes, tables and fences apart', () => {
    const text =
      '# Title\nOne line\ngoes on.\n\n> quoted words\n- first item\n  its end\n2. second\n\n```js\nrun()\n```\n| a | b |'
    expect(findSentences(text).map(({ kind, start, end }) => [kind, text.slice(start, end)])).toEqual([
      ['heading', 'Title'],
      ['prose', 'One line\ngoes on.'],
      ['prose', 'quoted words'],
      ['item', 'first item\n  its end'],
      ['item', 'second'],
      ['code', 'run()'],
      ['code', '| a | b |'],
    ])
  })

  it('gives ranges in order, inside the text and without white space at their ends, whatever the text', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: 'binary' }),
          fc.lorem({ mode: 'sentences' }),
          fc.stringMatching(/^[#\-> |`.\na?]*$/),
        ),
        (text) => {
          let last = 0
          for (const { start, end } of findSentences(text)) {
            expect(start).toBeGreaterThanOrEqual(last)
            expect(end).toBeGreaterThan(start)
            expect(text.slice(start, end).trim()).toBe(text.slice(start, end))
            last = end
          }
          expect(last).toBeLessThanOrEqual(text.length)
        },
      ),
    )
  })
})
