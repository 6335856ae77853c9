import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { findHighlights } from '../../../src/domain/retrieval/snippet.ts'
import { cutAtHighlights, cutBlocks } from '../../../src/ui/components/highlight.ts'
import { inlineWords } from '../../../src/ui/components/inline-words.ts'
import { passageBlocks, withoutTitle } from '../../../src/ui/components/passage-blocks.ts'
import { resultPath } from '../../../src/ui/screens/ask/result-path.ts'
import { MONOTONOUS_TEXTS_MS, monotonousTexts } from '../../support/monotonous-texts.ts'

describe('a passage', () => {
  it('is cut at its highlights without losing a character', () => {
    const range = fc.record({
      start: fc.integer({ min: -2, max: 40 }),
      end: fc.integer({ min: -2, max: 40 }),
    })
    fc.assert(
      fc.property(fc.string({ maxLength: 30 }), fc.array(range), (text, words) => {
        const parts = cutAtHighlights(text, { sentence: null, words })
        expect(parts.map((part) => part.text).join('')).toBe(text)
      }),
    )
  })

  it('marks the best sentence and the words of the question in it', () => {
    const text = 'Logs are short. Restore a backup every week. That is all.'
    const parts = cutAtHighlights(text, findHighlights(text, 'how often to restore a backup'))
    const sentence = parts.filter((part) => part.inSentence)
    expect(sentence.map((part) => part.text).join('')).toContain('Restore a backup every week.')
    expect(sentence.filter((part) => part.isWord).map((part) => part.text)).toEqual(['Restore', 'backup'])
  })

  it('is marked across its parts as if it were one text', () => {
    const blocks = passageBlocks('Logs are short.\n\nRestore a `backup` every week.\n\nThat is all.')
    const cut = cutBlocks(blocks, 'how often to restore a backup')
    expect(cut.map((parts) => parts.map((part) => part.text).join(''))).toEqual(
      blocks.map(({ text }) => text),
    )
    expect(cut.map((parts) => parts.some((part) => part.inSentence))).toEqual([false, true, false])
    expect(cut[1]?.filter((part) => part.isCode && part.isWord).map((part) => part.text)).toEqual(['backup'])
  })

  it('has no sentence marked in its code, only words', () => {
    const [parts = []] = cutBlocks(passageBlocks('```js\nrestore(backup)\n```'), 'how to restore a backup')
    expect(parts.some((part) => part.inSentence)).toBe(false)
    expect(parts.filter((part) => part.isWord).map((part) => part.text)).toEqual(['restore', 'backup'])
  })

  it('is shown without the headings that its title says', () => {
    const shown = (text: string) => withoutTitle(passageBlocks(text)).map((block) => block.text)
    expect(shown('# Backups\n\n## Testing\r\n\r\nRestore it.')).toEqual(['Restore it.'])
    expect(shown('## Testing')).toEqual(['Testing'])
    expect(shown('#!/bin/sh\nls')).toEqual(['#!/bin/sh\nls'])
  })
})

describe('Markdown in a passage', () => {
  const kinds = (text: string) => passageBlocks(text).map(({ kind, text }) => [kind, text])

  it('is shown as its words', () => {
    expect(inlineWords('A question to **My library** is **free**.').text).toBe(
      'A question to My library is free.',
    )
    expect(inlineWords('See [the hash](content-addressing.md) and [RFC](https://x.org/1).').text).toBe(
      'See the hash and RFC.',
    )
    expect(inlineWords('[![npm](https://x.org/a.svg)](https://x.org) <b>Fast</b><br/>').text).toBe('npm Fast')
    expect(inlineWords('Options of [`glob`](https://x.org/glob).').text).toBe('Options of glob.')
    expect(inlineWords('Returns `Promise<string>` or Map<string>')).toEqual({
      text: 'Returns Promise<string> or Map<string>',
      codes: [{ start: 8, end: 23 }],
    })
  })

  it('has whole paragraphs, whatever its lines were', () => {
    const lines = ['Using these vulnerabilities is like playing', 'a game.', 'Try it.']
    expect(kinds(lines.join('\n'))).toEqual([
      ['text', 'Using these vulnerabilities is like playing a game.\nTry it.'],
    ])
  })

  it('keeps code and tables as they are', () => {
    expect(kinds('Like this:\n\n```js\nif (a)\n  b()\n```\nDone.\n\n| a | b |\n|---|---|\n')).toEqual([
      ['text', 'Like this:'],
      ['code', 'if (a)\n  b()'],
      ['text', 'Done.'],
      ['code', '| a | b |\n|---|---|'],
    ])
    expect(kinds('Run:\n\n    npm ci\n    npm start\n')).toEqual([
      ['text', 'Run:'],
      ['code', '    npm ci\n    npm start'],
    ])
    expect(kinds('```sh\nnpm ci')).toEqual([['code', 'npm ci']])
  })

  it('has lists with their items', () => {
    expect(
      kinds('- one that is longer than a line can be here\n  goes on\n\n    and on\n1. first\n- [x] done'),
    ).toEqual([
      ['item', '• one that is longer than a line can be here goes on'],
      ['text', 'and on'],
      ['item', '1. first'],
      ['item', '☑ done'],
    ])
  })

  it('is never seen in source code', () => {
    const code = 'handlers[name](event.target); [1](2); f(**a, **b); 2**n**2'
    expect(inlineWords(code).text).toBe(code)
    const source = 'export function retry(task) {\n  // once more\n  return task() ** 2\n}'
    expect(kinds(source)).toEqual([['code', source]])
  })

  it('takes any text without losing a letter', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z `*#|\n-]{0,80}$/), (text) => {
        const letters = (given: string) => given.match(/[a-z]/g) ?? []
        const shown = passageBlocks(text).map((block) => block.text)
        const fences = /^\s*`{3,}.*$/gm
        expect(letters(shown.join('\n')).length).toBeGreaterThanOrEqual(
          letters(text.replace(fences, '')).length,
        )
      }),
    )
  })

  it('is read in time that grows with its length', () => {
    const begun = performance.now()
    for (const text of monotonousTexts) cutBlocks(passageBlocks(text), 'What is a bee?')
    expect(performance.now() - begun).toBeLessThan(MONOTONOUS_TEXTS_MS)
  })

  it('ends its headings and lines where their marks begin', () => {
    const blocks = passageBlocks('# Bees ##  \n\n# C#\n\n# ##\n\nOne  \ntwo\\\nthree<br>\nfour')
    expect(blocks.map(({ text }) => text)).toEqual(['Bees', 'C#', '##', 'One\ntwo\nthree\nfour'])
  })
})

describe('the path of a result', () => {
  const documentTitle = 'Running a server'

  it('is left out when the title says all of it', () => {
    const title = 'Running a server › Backups'
    expect(resultPath({ title, documentTitle, headingPath: ['Running a server', 'Backups'] })).toEqual([])
  })

  it('is shown whole when it says more', () => {
    const title = 'Running a server › Drills'
    expect(resultPath({ title, documentTitle, headingPath: ['Backups', 'Drills'] })).toEqual([
      'Running a server',
      'Backups',
      'Drills',
    ])
  })
})
