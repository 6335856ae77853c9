import { expect, it } from 'vitest'
import { openSplitterInWorker } from '../../../../src/adapters/document-splitter/worker-splitter.ts'
import type { ParsedDocument } from '../../../../src/domain/content/document.ts'
import type { DocumentSource } from '../../../../src/domain/graph/make-contexts.ts'
import { createFakeWorkers, type OnCall } from '../../../support/fake-worker.ts'
import { samplePeerId } from '../../../support/sample-peer-ids.ts'

const parsed: ParsedDocument = {
  title: 'Bees',
  kind: 'text',
  language: '',
  tags: [],
  text: 'Bees dance.',
  blocks: [],
}
const source: DocumentSource = {
  path: 'bees.txt',
  author: samplePeerId(0),
  addedAtMs: 0,
  origin: 'own',
  visibility: 'private',
}

/** Splits every document into three parts of one context and no edges. */
const splits: OnCall = (call, worker) => {
  const [at] = call.parameters
  const results = new Map<string, unknown>([
    ['split', { document: 'the record', parts: 3 }],
    ['part', { contexts: [at], edges: [] }],
  ])
  worker.finish(call, results.get(call.name))
}

it('puts the parts of a document together, one document after another', async () => {
  const names: string[] = []
  const { workers, start } = createFakeWorkers((call, worker) => {
    names.push(call.name)
    splits(call, worker)
  })
  const splitter = openSplitterInWorker(start)
  const both = await Promise.all([splitter.split(parsed, source), splitter.split(parsed, source)])
  const document = { document: 'the record', contexts: [0, 1, 2], edges: [] }
  expect(both).toEqual([document, document])
  const one = ['split', 'part', 'part', 'part', 'forget']
  expect(names).toEqual([...one, ...one])
  expect(workers).toHaveLength(1)
})

it.each<[string, OnCall]>([
  ['fails', (call, worker) => worker.fail(call, 'internal', 'Too deep')],
  ['breaks down', (_, worker) => worker.breakDown()],
  [
    'breaks down between two parts',
    (call, worker) => (call.name === 'part' ? worker.breakDown() : splits(call, worker)),
  ],
])('a document on which the worker %s stops none of the others', async (_, broken) => {
  const { workers, start } = createFakeWorkers(broken, splits)
  const splitter = openSplitterInWorker(start)
  const failed = splitter.split(parsed, source)
  const next = splitter.split(parsed, source)
  await expect(failed).rejects.toMatchObject({ code: 'internal', hint: 'Add a simpler or smaller file' })
  expect((await next).contexts).toEqual([0, 1, 2])
  expect(workers.map(({ isTerminated }) => isTerminated)).toEqual([true, false])
})

it('closing the splitter ends what is being split', async () => {
  const { workers, start } = createFakeWorkers(() => undefined)
  const splitter = openSplitterInWorker(start)
  const splitting = splitter.split(parsed, source)
  setImmediate(() => splitter.close())
  await expect(splitting).rejects.toMatchObject({ code: 'internal' })
  expect(workers.map(({ isTerminated }) => isTerminated)).toEqual([true])
})
