import { expect, test } from 'vitest'
import { createTextDocumentParser } from '../../../../../src/adapters/documents-text/text-document-parser.ts'
import { chunkDocument } from '../../../../../src/domain/content/chunk.ts'
import type { Chunk } from '../../../../../src/domain/content/document.ts'

const parser = createTextDocumentParser()
async function chunksOf(path: string, text: string): Promise<Chunk[]> {
  return chunkDocument(await parser.parse({ path, bytes: new TextEncoder().encode(text) }))
}
const numbers = (count: number): number[] => Array.from({ length: count }, (_, at) => at)

test('every chunk of a table begins with its header and is headed by its rows', async () => {
  const rows = numbers(60).map((at) => `Person ${at},${at},"Town, ${at}\nNorth"`)
  const chunks = await chunksOf('people.csv', `name,age,town\r\n${rows.join('\r\n')}\r\n`)
  expect(chunks.length).toBeGreaterThan(2)
  for (const { text } of chunks) expect(text).toMatch(/^name,age,town\nPerson \d+,\d+,"Town, \d+\nNorth"/)
  expect(chunks[0]?.headingPath).toEqual(['Rows 1–27'])
  expect(chunks.map(({ text }) => text.split('\nPerson').length - 1).reduce((a, b) => a + b)).toBe(60)
})

test('a table of numbers has no header, and tabs and semicolons separate cells too', async () => {
  expect((await chunksOf('a.csv', '1,2\n3,4\n'))[0]).toMatchObject({ text: '1,2\n3,4', headingPath: ['Rows 1–2'] })
  expect((await chunksOf('a.tsv', 'a\tb\n1\t2\n'))[0]).toMatchObject({ text: 'a\tb\n1\t2', headingPath: ['Row 1'] })
})

test('a long row names the column of each of its cells', async () => {
  const [chunk] = await chunksOf('a.csv', `id;text\n1;"He said ""no""; ${'then left. '.repeat(200)}"\n`)
  expect(chunk?.text).toMatch(/^id: 1\ntext: He said "no"; then left\./)
})

test('a quote that is never closed does not swallow the rows below', async () => {
  const [chunk] = await chunksOf('a.csv', 'name,size\n19" rack,2\nshelf,3\n')
  expect(chunk).toMatchObject({ text: 'name,size\n19" rack,2\nshelf,3', headingPath: ['Rows 1–2'] })
})

test('parts of JSON are headed by their keys and positions, and keep whole what fits', async () => {
  const items = numbers(60).map((id) => ({ id, title: `Item number ${id}` }))
  const chunks = await chunksOf('a.json', JSON.stringify({ name: 'box', content: { items } }))
  expect(chunks.length).toBeGreaterThan(2)
  for (const { text } of chunks.slice(1)) expect(text).toMatch(/^\{"id":\d+,"title":"Item number \d+"\}/)
  expect(chunks.at(-1)?.headingPath).toEqual(['content', 'items', expect.stringMatching(/^\[\d+–59\]$/)])
})

test('JSON Lines and JSON with comments are read too', async () => {
  const lines = numbers(100).map((id) => JSON.stringify({ id, note: 'a "quoted" word' }))
  const chunks = await chunksOf('log.jsonl', lines.join('\n'))
  expect(chunks.at(-1)?.headingPath).toEqual([expect.stringMatching(/^\[\d+–99\]$/)])
  const config = `{\n  // it's {odd}\n  "a": ${JSON.stringify(numbers(400))}, /* [ */\n  b: 'c',\n}`
  expect((await chunksOf('a.json5', config)).map(({ headingPath }) => headingPath[0])).toContain('a')
})

test('what is called JSON but is none is read as lines', async () => {
  expect((await chunksOf('a.json', '{"a": [1, 2}'))[0]).toMatchObject({ text: '{"a": [1, 2}', headingPath: [] })
})

test('a table that its header would make many times as long is read as plain text', async () => {
  const table = `${'name,'.repeat(200)}last\n${'1\n'.repeat(12_000)}`
  const { text } = await parser.parse({ path: 'wide.csv', bytes: new TextEncoder().encode(table) })
  expect(text === table).toBe(true)
})
