import { expect, it } from 'vitest'
import { useLite } from '../../../../src/adapters/embedding-transformers/use-lite.ts'
import { openModelEmbedder } from '../../../../src/adapters/embedding-transformers/worker-model-embedder.ts'
import type { CallRequest } from '../../../../src/workers/call-messages.ts'
import { createFakeWorkers, type OnCall } from '../../../support/fake-worker.ts'

const record = { ...useLite, queryPrefix: 'query: ' }

/** Loads on the processor unless told otherwise; vectors are the texts' lengths. */
const computes: OnCall = (call, worker) => {
  const [first, device] = call.parameters as [string[], string]
  const vectors = () => first.map(({ length }) => Float32Array.of(length))
  worker.finish(call, call.name === 'embed' ? vectors() : device === 'auto' ? 'webgpu' : device)
}
const silent: OnCall = () => undefined
const breaks: OnCall = (_, worker) => worker.breakDown()

function openWith(device: 'auto' | 'wasm', ...behaviours: [OnCall, ...OnCall[]]) {
  const { workers, start } = createFakeWorkers(...behaviours)
  return { embedder: openModelEmbedder(record, device, start), workers }
}

it('loads with the first call, tells what computes, and keeps its worker', async () => {
  const { embedder, workers } = openWith('auto', computes)
  expect(embedder.device()).toBeNull()
  const texts = Array.from({ length: 20 }, (_, at) => 'a'.repeat(at))
  const vectors = await embedder.embed(texts, 'passage')
  expect(vectors).toEqual(texts.map(({ length }) => Float32Array.of(length)))
  expect(embedder.device()).toBe('webgpu')
  expect(workers).toHaveLength(1)
})

it('goes on without the graphics processor when it breaks down there', async () => {
  const { embedder, workers } = openWith('auto', breaks, computes)
  expect(await embedder.embed(['ab'], 'passage')).toEqual([Float32Array.of(2)])
  expect(embedder.device()).toBe('wasm')
  expect(workers.map(({ isTerminated }) => isTerminated)).toEqual([true, false])
})

it('gives the error after a second failure, and tries again with the next call', async () => {
  const { embedder, workers } = openWith('wasm', breaks, breaks, computes)
  await expect(embedder.embed(['ab'], 'passage')).rejects.toMatchObject({ code: 'internal' })
  expect(embedder.device()).toBeNull()
  expect(await embedder.embed(['ab'], 'passage')).toEqual([Float32Array.of(2)])
  expect(workers).toHaveLength(3)
})

it('computes a question, with its prefix, before passages that wait', async () => {
  const embedded: string[] = []
  const { embedder } = openWith('wasm', (call, worker) => {
    if (call.name === 'embed') embedded.push(...(call.parameters[0] as string[]))
    computes(call, worker)
  })
  const passages = Array.from({ length: 24 }, (_, at) => `passage ${at}`)
  await Promise.all([embedder.embed(passages, 'passage'), embedder.embed(['where?'], 'query')])
  expect(embedded.indexOf('query: where?')).toBe(8)
})

it('does not load again what was stopped while it loaded', async () => {
  const { embedder, workers } = openWith('auto', silent, computes)
  const stop = new AbortController()
  const loading = embedder.load(stop.signal)
  await Promise.resolve()
  stop.abort()
  await expect(loading).rejects.toMatchObject({ code: 'aborted' })
  expect(workers.map(({ isTerminated }) => isTerminated)).toEqual([true])
})

it('ends its worker, and everything that waits, when it is closed', async () => {
  const calls: CallRequest[] = []
  const { embedder, workers } = openWith('wasm', (call) => calls.push(call))
  const waiting = [embedder.embed(['a'], 'passage'), embedder.embed(['b'], 'query')]
  await Promise.resolve()
  await embedder.dispose()
  for (const one of waiting) await expect(one).rejects.toMatchObject({ code: 'aborted' })
  await expect(embedder.load()).rejects.toMatchObject({ code: 'aborted' })
  expect(workers.map(({ isTerminated }) => isTerminated)).toEqual([true])
})
