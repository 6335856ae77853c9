import { expect, test } from 'vitest'
import { readFrontMatter } from '../../../../src/adapters/documents-text/front-matter.ts'

test.each([
  ['---\ntitle: \'A\'\ntags: [x, "y z"]\n---\ntext', { title: 'A', tags: ['x', 'y z'] }],
  ['---\r\ntitle: A: b\r\ntags:\r\n  - x\r\n  - y\r\n---\r\n', { title: 'A: b', tags: ['x', 'y'] }],
  ['---\ntags: x, y\n...\n', { title: '', tags: ['x', 'y'] }],
])('title and tags of %j are read', (text, expected) => {
  expect(readFrontMatter(text)).toMatchObject(expected)
})

test.each(['text', '---\nnever closed', 'a\n---\ntitle: b\n---\n', ' ---\ntitle: b\n---\n'])(
  '%j has no front matter',
  (text) => {
    expect(readFrontMatter(text)).toEqual({ title: '', tags: [], end: 0 })
  },
)
