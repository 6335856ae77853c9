import { expect, test } from 'vitest'
import { openTextDocumentParserInWorker } from '../../src/adapters/documents-text/worker-text-document-parser.ts'

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

test('documents are read in a real worker, where there is no DOM', async () => {
  const parser = openTextDocumentParserInWorker()
  try {
    const markdown = await parser.parse({
      path: 'guide/a.md',
      bytes: bytes('# Salt &amp; *pepper*\n\nText\n'),
    })
    expect(markdown).toMatchObject({ title: 'Salt & pepper', tags: ['markdown', 'guide'] })
    const html = await parser.parse({
      path: 'a.html',
      bytes: bytes('<main><h1>Page</h1><p>a &eacute; b</p></main>'),
    })
    expect(html.text).toBe('# Page\n\na é b\n')
    await expect(parser.parse({ path: 'a.pdf', bytes: bytes('%PDF-') })).rejects.toMatchObject({
      code: 'unsupported',
      hint: expect.stringContaining('Markdown') as string,
    })
  } finally {
    parser.close()
  }
})
