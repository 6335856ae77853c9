import { expect, it } from 'vitest'
import {
  openPassageIndexInWorker,
  type IndexWorker,
} from '../../../../src/adapters/passage-index/worker-passage-index.ts'
import { hashText } from '../../../../src/domain/content/context-hash.ts'
import type { IndexedText } from '../../../../src/domain/retrieval/word-index.ts'

const query = { question: 'bees', queryVector: null, tags: [], limit: 1 }

function passage(number: number): IndexedText {
  return { contextHash: hashText(`${number}`), title: '', headingPath: [], text: `Bee ${number}`, tags: [] }
}

/** A worker that answers when told to, and what it was asked. */
function openSlowWorker() {
  const events = new EventTarget()
  const asked: { readonly id: number; readonly method: string }[] = []
  let isTerminated = false
  const worker: IndexWorker = {
    addEventListener: events.addEventListener.bind(events),
    postMessage: (request: (typeof asked)[number]) => asked.push(request),
    terminate: () => (isTerminated = true),
  }
  return {
    index: openPassageIndexInWorker(() => worker),
    methods: () => asked.map(({ method }) => method),
    answer(at: number) {
      const id = asked[at]?.id
      events.dispatchEvent(new MessageEvent('message', { data: { id, type: 'done', result: [] } }))
    },
    breakDown: () => events.dispatchEvent(new Event('error')),
    isTerminated: () => isTerminated,
  }
}

it('a worker that breaks down ends open calls and refuses later ones', async () => {
  const { index, breakDown, isTerminated } = openSlowWorker()
  const search = index.search(query)
  breakDown()
  await expect(search).rejects.toMatchObject({ code: 'internal' })
  await expect(index.add([passage(1)])).rejects.toMatchObject({ code: 'internal' })
  expect(isTerminated()).toBe(true)
})

it('a search is sent at once, while most of a long write waits for the worker', async () => {
  const { index, methods, answer } = openSlowWorker()
  void index.add(Array.from({ length: 300 }, (_, number) => passage(number)))
  const removing = index.remove([passage(0).contextHash])
  void index.search(query)
  await Promise.resolve()
  expect(methods().toSorted()).toEqual(['add', 'search'])
  for (let at = 0; at < 5; at++) {
    answer(at)
    await new Promise((resolve) => setImmediate(resolve))
  }
  await removing
  expect(methods().toSorted()).toEqual(['add', 'add', 'add', 'remove', 'search'])
  expect(methods().at(-1)).toBe('remove')
})
