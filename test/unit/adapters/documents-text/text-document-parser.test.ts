import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { createTextDocumentParser } from '../../../../src/adapters/documents-text/text-document-parser.ts'
import { DOCUMENT_LIMITS } from '../../../../src/domain/content/document-limits.ts'
import type { ParsedDocument } from '../../../../src/domain/content/document.ts'

const parser = createTextDocumentParser()
const parse = (path: string, content: string | Uint8Array): Promise<ParsedDocument> =>
  parser.parse({ path, bytes: typeof content === 'string' ? new TextEncoder().encode(content) : content })
const blockTexts = ({ text, blocks }: ParsedDocument): string[] =>
  blocks.map(({ start, end }) => text.slice(start, end))

test('Markdown is read into blocks under their headings, with links', async () => {
  const document = await parse(
    'docs/guide/start.md',
    '# Start\n\nRead [tokens](tokens.md) and <https://example.org>.\n\n## Code\n\n```js\nrun()\n```\n\n| a |\n|---|\n| 1 |\n',
  )
  expect(document).toMatchObject({
    title: 'Start',
    kind: 'markdown',
    language: '',
    tags: ['markdown', 'guide'],
  })
  expect(document.blocks.map(({ kind, headingPath }) => [kind, headingPath])).toEqual([
    ['heading', ['Start']],
    ['prose', ['Start']],
    ['heading', ['Start', 'Code']],
    ['code', ['Start', 'Code']],
    ['table', ['Start', 'Code']],
  ])
  expect(document.blocks[1]?.links).toEqual(['tokens.md', 'https://example.org'])
  expect(blockTexts(document)[3]).toBe('```js\nrun()\n```')
})

test('front matter gives title and tags and stays in the text', async () => {
  const content = '---\ntitle: "My title"\ntags: [Rust, web assembly]\n---\n\n# Heading\n\nText\n'
  const document = await parse('notes/a.md', content)
  expect(document).toMatchObject({ title: 'My title', text: content })
  expect(document.tags).toEqual(['markdown', 'notes', 'rust', 'web-assembly'])
  expect(document.blocks[0]).toMatchObject({ kind: 'heading', headingPath: [] })
})

test('the title is the first main heading, else the first heading, else the file name', async () => {
  expect((await parse('a/b.md', '## Second\n\n# First `code`\n')).title).toBe('First code')
  expect((await parse('a/b.md', '## Only *this*\n')).title).toBe('Only this')
  expect((await parse('a/b.md', 'text')).title).toBe('b.md')
  expect(
    (await parse('README.md', '<h1 align="center">\n  <img src="x"> Logo\n</h1>\n\n## Install\n')).title,
  ).toBe('Logo')
})

test('a README without a main heading is named after its folder, not after its first section', async () => {
  const content = '## Table of Contents\n\n## Install\n'
  expect((await parse('packages/micromark/readme.md', content)).title).toBe('micromark')
  expect((await parse('packages/micromark/readme.md', `# The parser\n\n${content}`)).title).toBe('The parser')
  expect((await parse('README.md', content)).title).toBe('Table of Contents')
})

test('offsets are exact with CRLF, and a byte order mark is dropped', async () => {
  const document = await parse('a.md', '\ufeff# A\r\n\r\none\r\ntwo\r\n')
  expect(document.text).toBe('# A\r\n\r\none\r\ntwo\r\n')
  expect(blockTexts(document)).toEqual(['# A', 'one\r\ntwo'])
})

test('a long list is taken apart into items that keep their markers', async () => {
  const items = Array.from({ length: 30 }, (_, at) => `- item ${at} ${'x'.repeat(40)}`)
  const document = await parse('a.md', items.join('\n'))
  expect(blockTexts(document)).toEqual(items)
})

test('plain text is read by paragraphs', async () => {
  const document = await parse('notes.txt', '# no heading\nhere\n\n\nsecond\n')
  expect(document).toMatchObject({ title: 'notes.txt', kind: 'text', tags: ['text'] })
  expect(blockTexts(document)).toEqual(['# no heading\nhere', 'second'])
})

test('source code is split at its declarations, with imports as links', async () => {
  const body = '  work()\n'.repeat(40)
  const document = await parse(
    'src/app/main.ts',
    `import { a } from './a.ts'\n\nconst b = 1\n\n/** Does it. */\nexport async function run(): void {\n${body}\n  done()\n}\n`,
  )
  expect(document).toMatchObject({
    title: 'main.ts',
    kind: 'source',
    language: 'typescript',
    tags: ['typescript', 'app'],
  })
  expect(document.blocks.map(({ headingPath, links }) => [headingPath, links])).toEqual([
    [[], ['./a.ts']],
    [[], []],
    [['run'], []],
  ])
})

test('the format is seen from the text when the extension says nothing', async () => {
  expect((await parse('README', '# Title\n\ntext')).kind).toBe('markdown')
  expect((await parse('LICENSE', 'MIT License\n\nCopyright')).kind).toBe('text')
  expect((await parse('page', '<!doctype html><p>Hello</p>')).kind).toBe('html')
  expect(await parse('tool', '#!/usr/bin/env python3\nimport os\n')).toMatchObject({
    kind: 'source',
    language: 'python',
  })
  expect(await parse('Makefile', 'all:\n\techo\n')).toMatchObject({ kind: 'source', language: 'makefile' })
})

test('an absolute path gives no tags, which would tell about the machine', async () => {
  expect((await parse('/home/alice/secret/a.md', 'text')).tags).toEqual(['markdown'])
  expect((await parse('C:\\Users\\alice\\a.md', 'text')).tags).toEqual(['markdown'])
})

test.each([
  ['empty.md', '', 'bad-document'],
  ['blank.md', ' \n\t\n', 'bad-document'],
  ['binary.md', 'a\0b', 'bad-document'],
  ['large.md', 'a'.repeat(DOCUMENT_LIMITS.textBytes + 1), 'bad-document'],
  ['script-only.html', '<body><script>run()</script></body>', 'bad-document'],
  ['latin1.txt', Uint8Array.of(0x47, 0x72, 0xfc, 0xdf, 0x65), 'bad-utf8'],
  ['utf16.txt', Uint8Array.of(0xff, 0xfe, 0x61, 0x00), 'bad-utf8'],
  ['report.pdf', 'text', 'bad-document'],
  ['letter.DOCX', 'text', 'bad-document'],
  ['notes.txt.gz', 'text', 'bad-document'],
  ['old.doc', 'text', 'unsupported'],
  ['picture.png', 'text', 'unsupported'],
  ['no-extension', '%PDF-1.7\n', 'bad-document'],
])('%s is refused with a reason and a hint', async (path, content, code) => {
  const refusal = parse(path, content)
  await expect(refusal).rejects.toMatchObject({ name: 'LoremeshError', code })
  await expect(refusal).rejects.toHaveProperty('hint', expect.stringMatching(/\w{3}/))
})

test('a stopped reading is refused', async () => {
  const bytes = new TextEncoder().encode('text')
  await expect(parser.parse({ path: 'a.md', bytes }, AbortSignal.abort())).rejects.toMatchObject({
    code: 'aborted',
  })
})

const snippets = fc.constantFrom(
  ...[
    '# H',
    '## H2',
    '```',
    '~~~',
    '- item',
    '  - sub',
    '1. one',
    '> quote',
    '| a | b |',
    '|---|---|',
    '<div>',
    '</div>',
  ],
  ...[
    'text',
    'more *text*',
    '    indented',
    '\t',
    '',
    '===',
    '---',
    '[a](b)',
    '[a]: b',
    '<!--',
    '-->',
    '\u00a0',
    '🦊',
    '}',
    '{',
  ],
)
const anyText = fc
  .tuple(fc.array(snippets, { minLength: 1, maxLength: 25 }), fc.constantFrom('\n', '\r\n', '\n\n'))
  .map(([lines, separator]) => lines.join(separator))

test.each(['a.md', 'a.txt', 'a.ts', 'a.py', 'a.go', 'a.json', 'a.csv', 'a.html'])(
  'blocks of %s cover everything but white space, once',
  async (path) => {
    await fc.assert(
      fc.asyncProperty(anyText, async (content) => {
        fc.pre(content.trim() !== '')
        const document = await parse(path, content).catch(() => undefined)
        fc.pre(document !== undefined)
        let covered = 0
        for (const { start, end } of document.blocks) {
          expect(document.text.slice(covered, start).trim()).toBe('')
          expect(start).toBeGreaterThanOrEqual(covered)
          expect(document.text.slice(start, end).trim()).not.toBe('')
          covered = end
        }
        expect(document.text.slice(covered).trim()).toBe('')
      }),
      { numRuns: 150 },
    )
  },
)
