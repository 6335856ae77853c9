import { expect, test } from 'vitest'
import { outlineMarkdownLines } from '../../../../src/adapters/documents-text/line-outline.ts'
import { outlineMarkdown } from '../../../../src/adapters/documents-text/markdown-outline.ts'

const text = [
  '# Title',
  'A paragraph\nof two lines.',
  '## Code `x`',
  '```sh\n# no heading\n\nrun\n```',
  '| a | b |\n|---|---|\n| 1 | 2 |',
  '### Deep ###',
  '~~~~\n~~~\nstill code',
].join('\n\n')

test('the line outline finds what the parser finds in ordinary Markdown', () => {
  const lines = outlineMarkdownLines(text)
  const parsed = outlineMarkdown(text)
  expect(lines.blocks.map(({ start, end, kind }) => [kind, text.slice(start, end)])).toEqual(
    parsed.blocks.map(({ start, end, kind }) => [kind, text.slice(start, end)]),
  )
  expect(lines.blocks.at(-1)).toMatchObject({ kind: 'code', headingPath: ['Title', 'Code `x`', 'Deep'] })
  expect(lines.mainHeading).toBe('Title')
})

test('very large Markdown is outlined line by line', () => {
  const large = `${'A paragraph.\n\n'.repeat(20_000)}# End`
  const { blocks, mainHeading } = outlineMarkdown(large)
  expect(blocks).toHaveLength(20_001)
  expect(mainHeading).toBe('End')
})
