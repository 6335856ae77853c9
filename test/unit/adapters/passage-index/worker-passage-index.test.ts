import { expect, it } from 'vitest'
import {
  openPassageIndexInWorker,
  type IndexWorker,
} from '../../../../src/adapters/passage-index/worker-passage-index.ts'
import { hashText } from '../../../../src/domain/content/context-hash.ts'
import type { IndexedText } from '../../../../src/domain/retrieval/word-index.ts'

const query = { question: 'bees', queryVectors: [], tags: [], limit: 1 }

function passage(number: number): IndexedText {
  return { contextHash: hashText(`${number}`), title: '', headingPath: [], text: `Bee ${number}`, tags: [] }
}

/** A worker that answers when told to, and what it was asked. */
function createSlowWorker(onEnded: () => void) {
  const events = new EventTarget()
  const asked: { readonly id: number; readonly method: string }[] = []
  let isTerminated = false
  const worker: IndexWorker = {
    addEventListener: events.addEventListener.bind(events),
    postMessage: (request: (typeof asked)[number]) => asked.push(request),
    terminate: () => (isTerminated = true),
  }
  return {
    worker,
    methods: () => asked.map(({ method }) => method),
    answer(at: number) {
      const id = asked[at]?.id
      events.dispatchEvent(new MessageEvent('message', { data: { id, type: 'done', result: [] } }))
    },
    breakDown: onEnded,
    isTerminated: () => isTerminated,
  }
}

/** An index and the workers that it has started. */
function openIndex() {
  const workers: ReturnType<typeof createSlowWorker>[] = []
  const index = openPassageIndexInWorker((onEnded) => {
    const started = createSlowWorker(onEnded)
    workers.push(started)
    return started.worker
  })
  const newest = () => {
    const worker = workers.at(-1)
    if (worker === undefined) throw new Error('No worker was started')
    return worker
  }
  return { index, workers, newest }
}

const lost = { code: 'not-ready' }
const tick = () => new Promise((resolve) => setImmediate(resolve))

it('a worker that breaks down is replaced; open calls and what waited for it are told, after the listener', async () => {
  const { index, workers, newest } = openIndex()
  const told: string[] = []
  index.onLost(() => told.push('lost'))
  const search = index.search(query).finally(() => told.push('search'))
  const adding = index.add(Array.from({ length: 300 }, (_, number) => passage(number)))
  const removing = index.remove([passage(0).contextHash])
  await tick()
  newest().breakDown()
  for (const call of [search, adding, removing]) await expect(call).rejects.toMatchObject(lost)
  expect(told).toEqual(['lost', 'search'])
  expect(workers.map(({ isTerminated }) => isTerminated())).toEqual([true, false])
  expect(newest().methods()).toEqual([])

  const again = index.search(query)
  newest().answer(0)
  expect(await again).toEqual([])
})

it('a worker that was replaced is not listened to any more', async () => {
  const { index, workers } = openIndex()
  const [first] = workers
  first?.breakDown()
  const search = index.search(query)
  first?.answer(0)
  first?.breakDown()
  expect(workers).toHaveLength(2)
  workers[1]?.answer(0)
  expect(await search).toEqual([])
})

it('the index is given up when its workers break down again and again', async () => {
  const { index, workers, newest } = openIndex()
  for (let losses = 0; losses < 6; losses++) newest().breakDown()
  expect(workers).toHaveLength(6)
  await expect(index.search(query)).rejects.toMatchObject({ code: 'internal' })
  await expect(index.add([passage(1)])).rejects.toMatchObject({ code: 'internal' })
})

it('a worker that ends because the index was closed is not replaced', async () => {
  const { index, workers, newest } = openIndex()
  index.close()
  newest().breakDown()
  expect(workers).toHaveLength(1)
  await expect(index.search(query)).rejects.toMatchObject({ code: 'aborted' })
})

it('a search is sent at once, while most of a long write waits for the worker', async () => {
  const { index, newest } = openIndex()
  const { methods, answer } = newest()
  void index.add(Array.from({ length: 300 }, (_, number) => passage(number)))
  const removing = index.remove([passage(0).contextHash])
  void index.search(query)
  await Promise.resolve()
  expect(methods().toSorted()).toEqual(['add', 'search'])
  for (let at = 0; at < 5; at++) {
    answer(at)
    await tick()
  }
  await removing
  expect(methods().toSorted()).toEqual(['add', 'add', 'add', 'remove', 'search'])
  expect(methods().at(-1)).toBe('remove')
})
