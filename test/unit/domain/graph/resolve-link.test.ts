import { expect, test } from 'vitest'
import { normalizePath, resolveLink } from '../../../../src/domain/graph/resolve-link.ts'

test.each([
  ['docs/guide/start.md', 'tokens.md', 'docs/guide/tokens.md'],
  ['docs/guide/start.md', './tokens.md#price', 'docs/guide/tokens.md'],
  ['docs/guide/start.md', '../README.md?plain=1', 'docs/README.md'],
  ['docs/guide/start.md', '/api/index.md', 'api/index.md'],
  ['docs/start.md', '.', 'docs'],
  ['start.md', 'my%20notes.md', 'my notes.md'],
  ['start.md', '100%.md', '100%.md'],
  ['docs\\guide\\start.md', 'tokens.md', 'docs/guide/tokens.md'],
  ['start.md', 'https://example.org/a?b=c#d', 'https://example.org/a?b=c'],
  ['start.md', '//example.org/a', 'https://example.org/a'],
])('in %s the link %s points to %s', (path, target, node) => {
  expect(resolveLink(path, target)).toBe(node)
})

test.each([
  '#section',
  '',
  'mailto:a@example.org',
  'javascript:alert(1)',
  'data:text/plain,x',
  '../../../etc/passwd',
  '?a',
])('the link %s points to no document and no address', (target) =>
  expect(resolveLink('docs/start.md', target)).toBeUndefined(),
)

test('an overlong target points nowhere', () => {
  expect(resolveLink('a.md', 'x'.repeat(3_000))).toBeUndefined()
})

test('paths have one form', () => {
  expect(normalizePath('./a//b\\c/../d.md')).toBe('a/b/d.md')
  expect(normalizePath('/a/b')).toBe('a/b')
})
