import { readFileSync } from 'node:fs'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  chunkDocument,
  MAX_CHUNK_BYTES,
  MAX_PROSE_BYTES,
  MAX_WHOLE_BYTES,
  MIN_CHUNK_BYTES,
  TARGET_CHUNK_BYTES,
} from '../../../../src/domain/content/chunk.ts'
import { hashText } from '../../../../src/domain/content/context-hash.ts'
import type { Block, Chunk, ParsedDocument } from '../../../../src/domain/content/document.ts'
import { bytesToText, textToBytes } from '../../../../src/domain/kernel/bytes.ts'

type Part = readonly [kind: Block['kind'], headingPath: readonly string[], text: string]
type Splittable = Pick<ParsedDocument, 'text' | 'blocks'>

function documentOf(parts: readonly Part[], separator = '\n\n', links: readonly string[] = []): Splittable {
  const blocks: Block[] = []
  let text = ''
  for (const [kind, headingPath, part] of parts) {
    blocks.push({ start: text.length, end: text.length + part.length, kind, headingPath, links })
    text += part + separator
  }
  return { text, blocks }
}

const textsOf = (chunks: readonly Chunk[]): string[] => chunks.map(({ text }) => text)
const sizeOf = ({ startByte, endByte }: Chunk): number => endByte - startByte
const sentences = (count: number): string => 'This sentence has exactly forty letters. '.repeat(count).trim()

const anyText = fc
  .array(
    fc.oneof(
      fc.constantFrom('word', 'a. ', '\n', '\n\n', '\r\n', '  ', '\t', '- item', '}', '日本語。', '👩‍👩‍👧', '\u00a0', '```'),
      fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }),
      fc.nat(3_000).map((count) => 'x'.repeat(count)),
      fc.nat(300).map((count) => 'some words here. '.repeat(count)),
    ),
    { minLength: 1, maxLength: 12 },
  )
  .map((parts) => parts.join(''))
  .filter((text) => text.trim() !== '')
const anyPart: fc.Arbitrary<Part> = fc.tuple(
  fc.constantFrom<Block['kind']>('heading', 'prose', 'code', 'table'),
  fc.constantFrom([], ['A'], ['A', 'B'], ['C']),
  anyText.map((text) => text.trim()),
)
const anyDocument = fc
  .tuple(fc.array(anyPart, { maxLength: 12 }), fc.constantFrom('\n', '\n\n', ' \r\n\t\n', ' '.repeat(3_000)))
  .map(([parts, separator]) => documentOf(parts, separator))

test('chunks are exact, ordered, complete and never above the cap', () => {
  fc.assert(
    fc.property(anyDocument, (document) => {
      const bytes = textToBytes(document.text)
      let covered = 0
      for (const chunk of chunkDocument(document)) {
        expect(chunk.startByte).toBeGreaterThanOrEqual(covered)
        expect(bytesToText(bytes.slice(covered, chunk.startByte)).trim()).toBe('')
        expect(bytesToText(bytes.slice(chunk.startByte, chunk.endByte))).toBe(chunk.text)
        expect(chunk.text.trim()).not.toBe('')
        expect(sizeOf(chunk)).toBeLessThanOrEqual(MAX_CHUNK_BYTES)
        covered = chunk.endByte
      }
      expect(bytesToText(bytes.slice(covered)).trim()).toBe('')
    }),
    { numRuns: 300 },
  )
})

test('the same document is always split the same way', () => {
  fc.assert(
    fc.property(anyDocument, (document) => {
      expect(chunkDocument(structuredClone(document))).toEqual(chunkDocument(document))
    }),
    { numRuns: 30 },
  )
})

test('blocks under the same headings are packed up to the target', () => {
  const paragraph = sentences(5)
  const chunks = chunkDocument(documentOf(Array.from({ length: 9 }, () => ['prose', ['A'], paragraph])))
  expect(chunks.map(sizeOf)).toEqual([616, 616, 616])
  expect(Math.max(...chunks.map(sizeOf))).toBeLessThanOrEqual(TARGET_CHUNK_BYTES)
})

test('blocks under different headings are never packed together', () => {
  const chunks = chunkDocument(documentOf([['prose', ['A'], 'one'], ['prose', ['B'], 'two'], ['prose', ['B', 'C'], 'three']]))
  expect(textsOf(chunks)).toEqual(['one', 'two', 'three'])
  expect(chunks.map(({ headingPath }) => headingPath)).toEqual([['A'], ['B'], ['B', 'C']])
})

test('headings stay with what follows them, under its heading path', () => {
  const [chunk, ...others] = chunkDocument(
    documentOf([['heading', ['A'], '# A'], ['heading', ['A', 'B'], '## B'], ['prose', ['A', 'B'], 'text']]),
  )
  expect(others).toEqual([])
  expect(chunk).toMatchObject({ text: '# A\n\n## B\n\ntext', headingPath: ['A', 'B'] })
})

test('a heading stays with the largest code fence that is kept whole', () => {
  const code = 'x = 1\n'.repeat(MAX_WHOLE_BYTES / 6).trim()
  const chunks = chunkDocument(documentOf([['heading', ['A'], '# A'], ['code', ['A'], code]]))
  expect(textsOf(chunks)).toEqual([`# A\n\n${code}`])
})

test('a heading at the very end stays with what precedes it', () => {
  const chunks = chunkDocument(documentOf([['prose', ['A'], 'text'], ['heading', ['B'], '# B']]))
  expect(textsOf(chunks)).toEqual(['text\n\n# B'])
})

test('a paragraph stays whole up to its limit', () => {
  const paragraph = 'a '.repeat(MAX_PROSE_BYTES / 2 - 1) + 'aa'
  expect(textsOf(chunkDocument(documentOf([['prose', [], paragraph]])))).toEqual([paragraph])
  expect(chunkDocument(documentOf([['prose', [], `${paragraph}a`]]))).toHaveLength(2)
})

test('a long paragraph is split after sentences', () => {
  const chunks = chunkDocument(documentOf([['prose', [], sentences(60)]]))
  expect(chunks.length).toBeGreaterThan(2)
  for (const { text } of chunks) expect(text).toMatch(/^This .*letters\.$/)
})

test('a long fence is split before its least indented lines', () => {
  const code = Array.from({ length: 40 }, (_, at) => `function f${at}() {\n  return [\n    ${'1, '.repeat(30)}\n  ]\n}`)
  const chunks = chunkDocument(documentOf([['code', [], code.join('\n')]]))
  expect(chunks.length).toBeGreaterThan(3)
  for (const { text } of chunks) expect(text).toMatch(/^function [^]*\}$/)
})

test('a piece of indented code keeps the indentation of its first line', () => {
  const line = `    ${'a'.repeat(46)}`
  const [, second] = chunkDocument(documentOf([['code', [], Array.from({ length: 60 }, () => line).join('\n')]]))
  expect(second?.text.startsWith('    a')).toBe(true)
})

test('text without any space is cut between characters, never inside one', () => {
  const chunks = chunkDocument(documentOf([['prose', [], '🦊'.repeat(1_000)]]))
  expect(textsOf(chunks).join('')).toBe('🦊'.repeat(1_000))
  for (const { text } of chunks) expect(text).toMatch(/^(?:🦊)+$/u)
})

test('a tiny leftover joins its neighbour under the same headings', () => {
  const chunks = chunkDocument(documentOf([['prose', ['A'], sentences(19)], ['prose', ['A'], 'The end of the section.']]))
  expect(chunks).toHaveLength(1)
  expect(chunks.map(sizeOf)).toEqual([803])
  expect('The end of the section.'.length).toBeLessThan(MIN_CHUNK_BYTES)
})

test('each link goes with the part of a long block in which it is written', () => {
  const text = `See first.md. ${sentences(30)} See last.md.`
  const chunks = chunkDocument(documentOf([['prose', [], text]], '', ['first.md', 'last.md', 'elsewhere.md']))
  expect(chunks[0]?.links).toEqual(['first.md', 'elsewhere.md'])
  expect(chunks.at(-1)?.links).toEqual(['last.md'])
})

test('a line of ten megabytes is split in linear time', () => {
  const chunks = chunkDocument(documentOf([['prose', [], 'a'.repeat(10_000_000)]]))
  expect(chunks).toHaveLength(10_000_000 / TARGET_CHUNK_BYTES)
})

interface VectorFile {
  readonly cases: readonly {
    readonly name: string
    readonly text: string
    readonly blocks: readonly Block[]
    readonly chunks: readonly (Omit<Chunk, 'text'> & { readonly contextHash: string })[]
  }[]
}
const vectors = JSON.parse(readFileSync('test/vectors/chunk-documents.json', 'utf8')) as VectorFile

test.each(vectors.cases)('splits as the vectors of chunker version 1 say: $name', ({ text, blocks, chunks }) => {
  const found = chunkDocument({ text, blocks }).map(({ text, ...rest }) => ({ ...rest, contextHash: hashText(text) }))
  expect(found).toEqual(chunks)
})
