import { describe, expect, it } from 'vitest'
import type {
  EmbeddingReply,
  EmbeddingRequest,
} from '../../../../src/adapters/embedding-static/worker-messages.ts'
import {
  openStaticEmbedderInWorker,
  type EmbeddingWorker,
} from '../../../../src/adapters/embedding-static/worker-static-embedding.ts'

/** What a worker of a test does with a request: answers, fails, or stops with an error event. */
type Behaviour = (request: EmbeddingRequest) => EmbeddingReply | 'crash'

class FakeWorker extends EventTarget implements EmbeddingWorker {
  terminated = false
  readonly #behaviour: Behaviour

  constructor(behaviour: Behaviour) {
    super()
    this.#behaviour = behaviour
  }

  postMessage(request: EmbeddingRequest): void {
    queueMicrotask(() => {
      if (this.terminated) return
      const reply = this.#behaviour(request)
      this.dispatchEvent(
        reply === 'crash' ? new Event('error') : new MessageEvent('message', { data: reply }),
      )
    })
  }

  terminate(): void {
    this.terminated = true
  }
}

const answers: Behaviour = ({ id, task }) => ({
  id,
  type: 'done',
  vectors: task.type === 'embed' ? task.texts.map((text) => Float32Array.of(text.length)) : [],
})
const crashes: Behaviour = () => 'crash'
const fails: Behaviour = ({ id }) => ({
  id,
  type: 'failed',
  code: 'bad-content',
  message: 'damaged',
  hint: 'Reload',
})

/** An embedder whose first worker behaves as the first behaviour says, and so on; the last one stays. */
function openWith(...behaviours: Behaviour[]) {
  const workers: FakeWorker[] = []
  const embedder = openStaticEmbedderInWorker(() => {
    const worker = new FakeWorker(behaviours[Math.min(workers.length, behaviours.length - 1)] ?? answers)
    workers.push(worker)
    return worker
  })
  return { embedder, workers }
}

describe('openStaticEmbedderInWorker', () => {
  it('starts one worker with the first call and keeps it', async () => {
    const { embedder, workers } = openWith(answers)
    expect(workers).toHaveLength(0)
    expect(await embedder.embed(['ab', 'c'], 'query')).toEqual([Float32Array.of(2), Float32Array.of(1)])
    await embedder.load()
    expect(workers).toHaveLength(1)
  })

  it.each([
    ['stops', crashes],
    ['fails', fails],
  ])('ends a worker that %s and finishes every open call in a new one', async (_, broken) => {
    const { embedder, workers } = openWith(broken, answers)
    const both = await Promise.all([embedder.embed(['ab'], 'query'), embedder.embed(['abc'], 'passage')])
    expect(both).toEqual([[Float32Array.of(2)], [Float32Array.of(3)]])
    expect(workers.map((worker) => worker.terminated)).toEqual([true, false])
  })

  it('gives the error after a second failure, and tries again with the next call', async () => {
    const { embedder, workers } = openWith(crashes, fails, answers)
    await expect(embedder.embed(['ab'], 'query')).rejects.toMatchObject({
      code: 'bad-content',
      hint: 'Reload',
    })
    expect(await embedder.embed(['ab'], 'query')).toEqual([Float32Array.of(2)])
    expect(workers).toHaveLength(3)
  })

  it('ends the worker and open calls when it is closed', async () => {
    const { embedder, workers } = openWith(answers)
    const open = embedder.embed(['ab'], 'query')
    await embedder.dispose()
    await expect(open).rejects.toMatchObject({ code: 'aborted' })
    expect(workers.map((worker) => worker.terminated)).toEqual([true])
  })
})
