import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { chunkDocument } from '../../src/domain/content/chunk.ts'
import type { DocumentParser } from '../../src/ports/document-parser.ts'
import {
  disguisedPdfBomb,
  docxBomb,
  gzipBomb,
  helloContent,
  pdfBomb,
  rawPdf,
} from '../support/documents/hostile-files.ts'
import { makeHandbookDocx } from '../support/documents/make-docx.ts'

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text)

/** What every parser of documents does, in every environment. */
export function describeDocumentParser(name: string, open: () => DocumentParser): void {
  describe(name, () => {
    let parser: DocumentParser
    beforeAll(() => (parser = open()))
    afterAll(() => parser.close())

    it('reads text, and its chunks are exact parts of it', async () => {
      const document = await parser.parse({
        path: 'guide/a.md',
        bytes: bytesOf('# Salt &amp; *pepper*\n\nä\n'),
      })
      expect(document).toMatchObject({
        title: 'Salt & pepper',
        kind: 'markdown',
        tags: ['markdown', 'guide'],
      })
      const [chunk] = chunkDocument(document)
      expect(chunk).toMatchObject({ startByte: 0, endByte: bytesOf(document.text.trimEnd()).length })
    })

    it('reads a page of HTML without a DOM', async () => {
      const bytes = bytesOf('<main><h1>Page</h1><p>a &eacute; b</p></main>')
      expect((await parser.parse({ path: 'a.html', bytes })).text).toBe('# Page\n\na é b\n')
    })

    it('reads a PDF with its page in the heading path, and leaves the bytes alone', async () => {
      const bytes = rawPdf(helloContent, '')
      const before = bytes.slice()
      const document = await parser.parse({ path: 'a.pdf', bytes })
      expect(document).toMatchObject({ kind: 'pdf', text: 'Hello from a page' })
      expect(document.blocks.map(({ headingPath }) => headingPath)).toEqual([['Page 1']])
      expect(bytes).toEqual(before)
    })

    it('reads headings, lists, tables and links of a Word file, without its pictures', async () => {
      const document = await parser.parse({ path: 'handbook.docx', bytes: await makeHandbookDocx() })
      expect(document).toMatchObject({ kind: 'docx', title: 'Greenhouse handbook', tags: ['docx'] })
      expect(document.text).toContain('- in the morning\n- never on the leaves')
      expect(document.text).toContain('| Tomato | 2 |')
      expect(document.text).not.toMatch(/!\[|data:/)
      expect(document.blocks.at(-1)).toMatchObject({
        headingPath: ['Greenhouse handbook', 'Watering'],
        links: ['https://example.org/plan'],
      })
    })

    it('splits source code at its symbols', async () => {
      const code = `def parse(text):\n    """Reads."""\n${'    work(text)\n'.repeat(30)}`
      const document = await parser.parse({ path: 'a.py', bytes: bytesOf(code) })
      expect(document.blocks.map(({ headingPath }) => headingPath)).toEqual([['parse']])
    })

    it('reads source code line by line that nests deeper than its parser can follow', async () => {
      const code = `${'class A { a = '.repeat(65)}\n`.repeat(200)
      const document = await parser.parse({ path: 'a.ts', bytes: bytesOf(code) })
      expect(document).toMatchObject({ kind: 'source', language: 'typescript' })
    })

    it.each([
      ['a PDF bomb', 'bomb.pdf', pdfBomb, /unpacks to more than/],
      ['a disguised PDF bomb', 'bomb.pdf', disguisedPdfBomb, /unpacks to more than/],
      ['a gzip bomb', 'bomb.txt.gz', gzipBomb, /unpacks to more than/],
      ['a Word file that is a bomb', 'bomb.docx', () => docxBomb(), /unpacks to more than/],
      ['one that lies about it', 'bomb.docx', () => docxBomb(1_000), /unpacks to more than/],
      ['an empty file', 'empty.md', () => new Uint8Array(), /empty/],
    ])('refuses %s with a reason and a hint, and reads the next file', async (_, path, make, reason) => {
      const refusal = parser.parse({ path, bytes: make() })
      await expect(refusal).rejects.toMatchObject({
        code: 'bad-document',
        message: expect.stringMatching(reason) as string,
      })
      await expect(refusal).rejects.toHaveProperty('hint', expect.stringMatching(/\w{3}/))
      expect((await parser.parse({ path: 'a.txt', bytes: bytesOf('next') })).text).toBe('next')
    })

    it('does nothing for a call that was stopped before', async () => {
      const stopped = parser.parse({ path: 'a.txt', bytes: bytesOf('text') }, AbortSignal.abort())
      await expect(stopped).rejects.toMatchObject({ code: 'aborted' })
    })
  })
}
