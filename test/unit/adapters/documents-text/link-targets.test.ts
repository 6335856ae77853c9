import { expect, test } from 'vitest'
import { linkTargets } from '../../../../src/adapters/documents-text/link-targets.ts'

test.each([
  ['[a](b.md "title")', ['b.md']],
  ['[a](<with space.md>)', ['with space.md']],
  ['[a](wiki/X_(y))', ['wiki/X_(y)']],
  ['[![badge](b.svg)](page.md)', ['page.md']],
  ['![picture](p.png)', []],
  ['[label]: target.md\n[b]: <c.md>', ['target.md', 'c.md']],
  ['<https://a.example> and https://b.example/x.', ['https://a.example', 'https://b.example/x']],
  ['[a](b) [c](b)', ['b']],
  ['plain [text] (with) brackets', []],
])('the targets in %j are %j', (markdown, targets) => {
  expect(linkTargets(markdown)).toEqual(targets)
})

test('only so many links of a block are kept', () => {
  const many = Array.from({ length: 500 }, (_, at) => `[a](${at})`).join(' ')
  expect(linkTargets(many)).toHaveLength(64)
})
