import { zipSync } from 'fflate'
import { expect, test } from 'vitest'
import { createTextDocumentParser } from '../../../../../src/adapters/documents-text/text-document-parser.ts'
import { makeHandbookDocx } from '../../../../support/documents/make-docx.ts'

const parser = createTextDocumentParser()
const encode = (text: string): Uint8Array => new TextEncoder().encode(text)

test.each([
  ['cut off', async () => (await makeHandbookDocx()).slice(0, 2_000), 'bad-document', /broken/],
  ['that is another archive', () => zipSync({ 'a.txt': encode('a') }), 'unsupported', /not a Word file/],
  [
    'whose XML is broken',
    () => zipSync({ 'word/document.xml': encode('<w:document') }),
    'bad-document',
    /broken/,
  ],
  [
    'that is encrypted',
    () => Uint8Array.of(0xd0, 0xcf, 0x11, 0xe0, 1, 1, 1, 1),
    'unsupported',
    /encrypted Office/,
  ],
])('a Word file %s is refused with its reason', async (_, make, code, message) => {
  const refusal = parser.parse({ path: 'a.docx', bytes: await make() })
  await expect(refusal).rejects.toMatchObject({ code, message: expect.stringMatching(message) as string })
})
