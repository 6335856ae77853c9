import { expect, test } from 'vitest'
import { createTextDocumentParser } from '../../../../../src/adapters/documents-text/text-document-parser.ts'
import type { ParsedDocument } from '../../../../../src/domain/content/document.ts'
import { DOCUMENT_LIMITS } from '../../../../../src/domain/content/document-limits.ts'
import { helloContent, rawPdf } from '../../../../support/documents/hostile-files.ts'
import { makePdf, makeReportPdf } from '../../../../support/documents/make-pdf.ts'

const parser = createTextDocumentParser()
const parse = (bytes: Uint8Array): Promise<ParsedDocument> => parser.parse({ path: 'a.pdf', bytes })
const paths = ({ blocks }: ParsedDocument): string[] =>
  blocks.map(({ headingPath }) => headingPath.join(' / '))
const textOf = ({ text, blocks }: ParsedDocument): string[] =>
  blocks.map(({ start, end }) => text.slice(start, end))

test('headings are seen by their size, and every block ends its path with its page', async () => {
  const document = await parse(await makeReportPdf())
  expect(document).toMatchObject({ title: 'Urban beekeeping', kind: 'pdf', language: '', tags: ['pdf'] })
  expect(paths(document)).toEqual([
    'Keeping bees in town / Page 1',
    'Keeping bees in town / Choosing a roof / Page 1',
    'Keeping bees in town / Choosing a roof / Page 1',
    'Keeping bees in town / Feeding in winter / Page 2',
    'Keeping bees in town / Feeding in winter / Page 2',
    'Keeping bees in town / Feeding in winter / Page 3',
  ])
})

test('lines of a paragraph are joined, paragraphs and columns are not', async () => {
  const prose = 'Bees find their way home by the sun, and tell others of it in a dance. '.repeat(10)
  const document = await parse(
    await makePdf((pdf) => {
      pdf.fontSize(11).text(prose, { columns: 2, columnGap: 20, height: 130 })
      pdf.text('A second paragraph stands further down.', 72, 400)
    }),
  )
  expect(textOf(document)).toEqual([prose.trim(), 'A second paragraph stands further down.'])
})

test('a word that was divided at the end of a line is whole again', async () => {
  const document = await parse(
    await makePdf((pdf) => pdf.text('The pollina-\ntion of apple trees needs warm days.')),
  )
  expect(document.text).toBe('The pollination of apple trees needs warm days.')
})

test('what stands on top or at the bottom of every page is left out', async () => {
  const document = await parse(
    await makePdf((pdf) => {
      for (let page = 1; page <= 5; page++) {
        if (page > 1) pdf.addPage()
        pdf.text('Annual report', 72, 40).text(`Chapter number ${'abcde'[page - 1] ?? ''} begins.`, 72, 200)
        pdf.text(`${page}`, 300, 700)
      }
    }),
  )
  expect(textOf(document)).toEqual(
    ['a', 'b', 'c', 'd', 'e'].map((letter) => `Chapter number ${letter} begins.`),
  )
})

test('a title that a program made up is no title', async () => {
  const document = await parse(
    await makePdf((pdf) => pdf.text('Text'), { info: { Title: 'Microsoft Word - final.doc' } }),
  )
  expect(document.title).toBe('a.pdf')
})

const cut = (bytes: Uint8Array): Uint8Array => bytes.slice(0, bytes.length / 3)

test.each([
  ['encrypted', () => makePdf((pdf) => pdf.text('secret'), { userPassword: 'bees' }), /encrypted/],
  [
    'protected against changes',
    () => makePdf((pdf) => pdf.text('a'), { ownerPassword: 'bees' }),
    /encrypted/,
  ],
  ['without text', () => makePdf((pdf) => pdf.rect(10, 10, 50, 50).fill()), /no text, only pictures/],
  ['cut off', async () => cut(await makeReportPdf()), /broken/],
  ['only a header', () => new TextEncoder().encode('%PDF-1.7\n'), /broken/],
  [
    'of too many pages',
    () =>
      makePdf((pdf) => {
        for (let page = 0; page <= DOCUMENT_LIMITS.pdfPages; page++) pdf.addPage()
      }),
    /pages, and 2000 is the limit/,
  ],
  [
    'with filters that can’t be checked',
    () => rawPdf(new Uint8Array(100_000), '/Filter /LZWDecode'),
    /unpacks to/,
  ],
  ['that is text', () => new TextEncoder().encode('just text'), /does not begin/],
])('a PDF %s is refused with its reason', async (_, make, message) => {
  const refusal = parse(await make())
  await expect(refusal).rejects.toMatchObject({
    code: 'bad-document',
    message: expect.stringMatching(message) as string,
    hint: expect.stringMatching(/\w{3}/) as string,
  })
})

test('a PDF whose table of objects is wrong is read all the same', async () => {
  const text = new TextDecoder('latin1').decode(rawPdf(helloContent, ''))
  const broken = Uint8Array.from(text.replace(/startxref\n\d+/, 'startxref\n7'), (character) =>
    character.charCodeAt(0),
  )
  expect((await parse(broken)).text).toBe('Hello from a page')
})
