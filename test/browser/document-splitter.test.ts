import { expect, it } from 'vitest'
import { createDirectSplitter } from '../../src/adapters/document-splitter/direct-splitter.ts'
import { openSplitterInWorker } from '../../src/adapters/document-splitter/worker-splitter.ts'
import type { Block, ParsedDocument } from '../../src/domain/content/document.ts'
import { samplePeerId } from '../support/sample-peer-ids.ts'

const source = {
  path: 'notes.md',
  author: samplePeerId(0),
  addedAtMs: 1,
  origin: 'own',
  visibility: 'private',
} as const

/** A document of so many parts, each too long to share a context with the next. */
function documentOf(parts: number): ParsedDocument {
  const blocks: Block[] = []
  let text = ''
  for (let part = 0; part < parts; part++) {
    const start = text.length
    text += `Part ${part}. ${'Bees dance. '.repeat(80)}`
    blocks.push({ start, end: text.length, kind: 'prose', headingPath: [`${part}`], links: [] })
  }
  return { title: 'Notes', kind: 'markdown', language: '', tags: [], text, blocks }
}

it('a document of more parts than one message takes is split in a worker as it is elsewhere', async () => {
  const document = documentOf(1_500)
  const split = await openSplitterInWorker().split(document, source)
  expect(split.contexts.length).toBeGreaterThan(1_000)
  expect(split).toEqual(await createDirectSplitter().split(document, source))
})

it('a document that can’t be split is refused, and the next one is not', async () => {
  const splitter = openSplitterInWorker()
  const broken = { ...documentOf(1), blocks: null } as unknown as ParsedDocument
  await expect(splitter.split(broken, source)).rejects.toMatchObject({ code: 'internal' })
  expect((await splitter.split(documentOf(1), source)).contexts).toHaveLength(1)
})
