import { describe, expect, it } from 'vitest'
import { openStaticEmbedderInWorker } from '../../../../src/adapters/embedding-static/worker-static-embedding.ts'
import { createFakeWorkers, type OnCall } from '../../../support/fake-worker.ts'

const answers: OnCall = (call, worker) => {
  const [texts] = call.parameters as [string[]]
  worker.finish(
    call,
    texts.map((text) => Float32Array.of(text.length)),
  )
}
const crashes: OnCall = (_, worker) => worker.breakDown()
const fails: OnCall = (call, worker) => worker.fail(call, 'bad-content', 'damaged', 'Reload')

/** An embedder whose first worker behaves as the first behaviour says, and so on; the last one stays. */
function openWith(...behaviours: [OnCall, ...OnCall[]]) {
  const { workers, start } = createFakeWorkers(...behaviours)
  return { embedder: openStaticEmbedderInWorker(start), workers }
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
    expect(workers.map(({ isTerminated }) => isTerminated)).toEqual([true, false])
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
    expect(workers.map(({ isTerminated }) => isTerminated)).toEqual([true])
  })
})
