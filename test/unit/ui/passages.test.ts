import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { findHighlights } from '../../../src/domain/retrieval/snippet.ts'
import { cutAtHighlights } from '../../../src/ui/screens/ask/highlight.ts'
import { passageBody } from '../../../src/ui/screens/ask/passage-body.ts'
import { resultPath } from '../../../src/ui/screens/ask/result-path.ts'

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

  it('is shown without the heading that its title says', () => {
    expect(passageBody('## Testing\n\nRestore it.')).toBe('Restore it.')
    expect(passageBody('\n## Testing\r\n\r\nRestore it.')).toBe('Restore it.')
    expect(passageBody('## Testing')).toBe('## Testing')
    expect(passageBody('#!/bin/sh\nls')).toBe('#!/bin/sh\nls')
  })
})

describe('Markdown in a passage', () => {
  it('is shown as its words', () => {
    expect(passageBody('A question to **My library** is **free**.')).toBe('A question to My library is free.')
    expect(passageBody('See [the hash](content-addressing.md) and [RFC](https://x.org/1).')).toBe(
      'See the hash and RFC.',
    )
  })

  it('is never seen in source code', () => {
    const code = 'handlers[name](event.target); [1](2); f(**a, **b); 2**n**2'
    expect(passageBody(code)).toBe(code)
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
