import { expect, test } from 'vitest'
import { CHUNKER_VERSION } from '../../../../src/domain/content/chunk.ts'
import { hashText } from '../../../../src/domain/content/context-hash.ts'
import type { Block, ParsedDocument } from '../../../../src/domain/content/document.ts'
import { makeContexts, type DocumentSource } from '../../../../src/domain/graph/make-contexts.ts'
import { createIdentity } from '../../../../src/domain/identity/identity.ts'

const author = createIdentity(new Uint8Array(32).fill(7)).peerId
const source: DocumentSource = {
  path: 'docs/a.md',
  author,
  addedAtMs: 5,
  origin: 'own',
  visibility: 'private',
}

function parsed(
  paragraphs: readonly (readonly [headings: readonly string[], text: string, links?: readonly string[]])[],
) {
  const blocks: Block[] = []
  let text = ''
  for (const [headingPath, paragraph, links = []] of paragraphs) {
    blocks.push({
      start: text.length,
      end: text.length + paragraph.length,
      kind: 'prose',
      headingPath,
      links,
    })
    text += `${paragraph}\n\n`
  }
  const document: ParsedDocument = {
    title: 'Ä',
    kind: 'markdown',
    language: '',
    tags: ['markdown'],
    text,
    blocks,
  }
  return document
}

test('a document becomes contexts that are hashed by their text and point back into it', () => {
  const document = parsed([
    [['Ä'], 'Grüße'],
    [['Ä', 'B'], 'Second part'],
  ])
  const made = makeContexts(document, source)
  const documentHash = hashText(document.text)
  expect(made.contexts).toMatchObject([
    { contextHash: hashText('Grüße'), title: 'Ä', startByte: 0, endByte: 7, sizeBytes: 7, documentHash },
    { contextHash: hashText('Second part'), title: 'Ä › B', headingPath: ['Ä', 'B'], startByte: 9, author },
  ])
  expect(made.document).toEqual({
    documentHash,
    title: 'Ä',
    path: 'docs/a.md',
    kind: 'markdown',
    tags: ['markdown'],
    sizeBytes: 22,
    addedAtMs: 5,
    visibility: 'private',
    contexts: [hashText('Grüße'), hashText('Second part')],
    chunkerVersion: CHUNKER_VERSION,
  })
})

test('a text that occurs twice is one context, at its first place', () => {
  const made = makeContexts(
    parsed([
      [['A'], 'same'],
      [['B'], 'same'],
    ]),
    source,
  )
  expect(made.contexts).toMatchObject([{ title: 'Ä › A', startByte: 0 }])
  expect(made.document.contexts).toEqual([hashText('same')])
})

test('contexts are part of their document, authored by their peer, and reference what they link to', () => {
  const document = parsed([[[], 'text', ['b.md', './b.md#x', 'https://example.org/', '#here']]])
  const from = hashText('text')
  expect(makeContexts(document, source).edges).toEqual([
    { from, kind: 'PART_OF', to: hashText(document.text) },
    { from, kind: 'AUTHORED_BY', to: author },
    { from, kind: 'REFERENCES', to: 'docs/b.md' },
    { from, kind: 'REFERENCES', to: 'https://example.org/' },
  ])
})
