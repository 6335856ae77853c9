import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { citedNumbers, parseWrittenAnswer } from '../../../../src/domain/answer/written-answer.ts'

const known = new Set([1, 2, 3])
const partsOf = (text: string) => parseWrittenAnswer(text, known).flatMap(({ parts }) => parts)

describe('a written answer', () => {
  it('has citations as numbers, and marks those of passages that the model was not given', () => {
    expect(partsOf('It rains [1], often [2][9].')).toEqual([
      { kind: 'text', text: 'It rains ' },
      { kind: 'citation', n: 1, isKnown: true },
      { kind: 'text', text: ', often ' },
      { kind: 'citation', n: 2, isKnown: true },
      { kind: 'citation', n: 9, isKnown: false },
      { kind: 'text', text: '.' },
    ])
  })

  it('reads citations in the ways in which models write them', () => {
    expect(citedNumbers(parseWrittenAnswer('a [1, 3] b 【2】 c [^1] d [2-3] e 【3†source】', known))).toEqual(
      [1, 3, 2],
    )
    expect(citedNumbers(parseWrittenAnswer('`list[1]`\n```\nx[2]\n```', known))).toEqual([])
  })

  it('knows paragraphs, lists, headings, code and bold, and nothing more', () => {
    const text =
      '# Why\nOne **bold** word\ngoes on.\n\n- first `code`\n2. second\n\n```js\n<b>x</b>\n```\n<script>alert(1)</script> [x](javascript:y)'
    expect(
      parseWrittenAnswer(text, known).map(({ kind, parts }) => [
        kind,
        parts.map((part) => ('text' in part ? part.text : part.n)).join('|'),
      ]),
    ).toEqual([
      ['heading', 'Why'],
      ['paragraph', 'One |bold| word goes on.'],
      ['item', 'first |code'],
      ['item', 'second'],
      ['code', '<b>x</b>'],
      ['paragraph', '<script>alert(1)</script> [x](javascript:y)'],
    ])
  })

  it('takes any text, whole or cut off while it streams', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-c`*#[\]0-9,\n -]{0,60}$/), (text) => {
        const words = (given: string) => given.match(/[a-c]/g) ?? []
        const shown = partsOf(text).map((part) => ('text' in part ? part.text : ''))
        expect(words(shown.join('')).length).toBeLessThanOrEqual(words(text).length)
      }),
    )
  })
})
