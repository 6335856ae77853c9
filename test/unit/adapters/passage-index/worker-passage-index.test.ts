import { expect, it } from 'vitest'
import { openPassageIndexInWorker } from '../../../../src/adapters/passage-index/worker-passage-index.ts'
import { hashText } from '../../../../src/domain/content/context-hash.ts'
import type { IndexedText } from '../../../../src/domain/retrieval/word-index.ts'
import { createFakeWorkers, type FakeWorker, type OnCall } from '../../../support/fake-worker.ts'

const query = { question: 'bees', queryVectors: [], tags: [], limit: 1 }

function passage(number: number): IndexedText {
  return { contextHash: hashText(`${number}`), title: '', headingPath: [], text: `Bee ${number}`, tags: [] }
}

const answers: OnCall = (call, worker) => worker.finish(call, [])
const silent: OnCall = () => undefined

/** An index whose first worker behaves as the first behaviour says, and so on; the last one stays. */
function openIndex(...behaviours: [OnCall, ...OnCall[]]) {
  const { workers, start } = createFakeWorkers(...behaviours)
  return { index: openPassageIndexInWorker(start), workers }
}

const namesOf = ({ calls }: FakeWorker) => calls.map(({ name }) => name)
const areTerminated = (workers: readonly FakeWorker[]) => workers.map(({ isTerminated }) => isTerminated)
const lost = { code: 'not-ready' }
const tick = () => new Promise((resolve) => setImmediate(resolve))

it('a worker that breaks down is replaced; open calls and what waited for it are told, after the listener', async () => {
  const { index, workers } = openIndex(silent, answers)
  const told: string[] = []
  index.onLost(() => told.push('lost'))
  const search = index.search(query).finally(() => told.push('search'))
  const adding = index.add(Array.from({ length: 300 }, (_, number) => passage(number)))
  const removing = index.remove([passage(0).contextHash])
  await tick()
  workers[0]?.breakDown()
  for (const call of [search, adding, removing]) await expect(call).rejects.toMatchObject(lost)
  expect(told).toEqual(['lost', 'search'])
  expect(await index.search(query)).toEqual([])
  expect(areTerminated(workers)).toEqual([true, false])
  expect(workers.slice(1).map(namesOf)).toEqual([['search']])
})

it('what a listener writes again comes first into the worker that follows', async () => {
  const { index, workers } = openIndex(silent, answers)
  index.onLost(() => void index.add([passage(1)]))
  const search = index.search(query)
  workers[0]?.breakDown()
  await expect(search).rejects.toMatchObject(lost)
  await index.remove([passage(1).contextHash])
  expect(workers.slice(1).map(namesOf)).toEqual([['add', 'remove']])
})

it('the index is given up when its workers break down again and again', async () => {
  const { index, workers } = openIndex((_, worker) => worker.breakDown())
  for (let losses = 1; losses <= 5; losses++) await expect(index.search(query)).rejects.toMatchObject(lost)
  await expect(index.search(query)).rejects.toMatchObject({ code: 'internal' })
  expect(workers).toHaveLength(6)
  await expect(index.add([passage(1)])).rejects.toMatchObject({ code: 'internal' })
  expect(workers).toHaveLength(6)
})

it('an index that was closed ends its worker and starts none again', async () => {
  const { index, workers } = openIndex(silent)
  const search = index.search(query)
  index.close()
  workers[0]?.breakDown()
  await expect(search).rejects.toMatchObject({ code: 'aborted' })
  await expect(index.search(query)).rejects.toMatchObject({ code: 'aborted' })
  expect(areTerminated(workers)).toEqual([true])
})

it('a search is sent at once, while most of a long write waits for the worker', async () => {
  const { index, workers } = openIndex(silent)
  void index.add(Array.from({ length: 300 }, (_, number) => passage(number)))
  const removing = index.remove([passage(0).contextHash])
  void index.search(query)
  await Promise.resolve()
  const [worker] = workers
  if (worker === undefined) throw new Error('No worker was started')
  expect(namesOf(worker).toSorted()).toEqual(['add', 'search'])
  for (let at = 0; at < 5; at++) {
    for (const call of worker.calls.slice(at, at + 1)) worker.finish(call, [])
    await tick()
  }
  await removing
  expect(namesOf(worker).toSorted()).toEqual(['add', 'add', 'add', 'remove', 'search'])
  expect(namesOf(worker).at(-1)).toBe('remove')
})
