import { LoremeshError } from '../domain/kernel/errors.ts'
import type { Clock } from '../ports/clock.ts'
import type { Embedder } from '../ports/embedder.ts'
import type { ComputeDevice, ModelEmbedder } from '../ports/embedding-models.ts'

/** Passages embedded at a time, between two rests. */
const PASSAGES = 8
/** A rest lasts as long as the work before it, but no longer than this. */
const MAX_REST_MS = 2_000

/** The embedder of a model that leaves time for everything else. Which one computes may change while it is in use. */
export interface PoliteEmbedder extends Pick<Embedder, 'space' | 'embed'> {
  readonly id: string
  load(): Promise<void>
  device(): ComputeDevice | null
  /** Lets another embedder of the same space compute, once it has loaded. */
  change(open: () => Promise<ModelEmbedder>): Promise<void>
  /** Ends what runs: calls throw `aborted` from now on. */
  close(): Promise<void>
}

/** Wraps `first`; it rests between passages and waits while `whenResumed` is pending. Questions never wait. */
export function createPoliteEmbedder(
  id: string,
  first: ModelEmbedder,
  clock: Pick<Clock, 'monotonicMs' | 'sleep' | 'abortable'>,
  on: {
    onEmbedded(passages: number): void
    onFailed(error: unknown): void
    whenResumed(): Promise<void>
  },
): PoliteEmbedder {
  const closing = clock.abortable()
  let model = first

  async function embedPolitely(texts: readonly string[]): Promise<Float32Array[]> {
    const vectors: Float32Array[] = []
    for (let at = 0; at < texts.length; at += PASSAGES) {
      await on.whenResumed()
      assertOpen()
      const startMs = clock.monotonicMs()
      const batch = texts.slice(at, at + PASSAGES)
      vectors.push(...(await model.embed(batch, 'passage')))
      on.onEmbedded(batch.length)
      await clock.sleep(Math.min(clock.monotonicMs() - startMs, MAX_REST_MS), closing.signal)
    }
    return vectors
  }

  function assertOpen(): void {
    if (closing.signal.aborted) throw new LoremeshError('aborted', 'The model is not in use any more')
  }

  return {
    id,
    space: first.space,
    load: () => model.load(undefined, closing.signal),
    device: () => model.device(),
    async change(open) {
      const next = await open()
      if (next.space !== first.space) {
        await next.dispose()
        throw new LoremeshError('bad-content', 'The model’s files have changed', 'Choose it again')
      }
      try {
        await next.load(undefined, closing.signal)
      } catch (error) {
        await next.dispose()
        throw error
      }
      const before = model
      model = next
      await before.dispose()
    },
    async embed(texts, role, signal) {
      assertOpen()
      try {
        return await (role === 'query' ? model.embed(texts, role, signal) : embedPolitely(texts))
      } catch (error) {
        if (!closing.signal.aborted && signal?.aborted !== true) on.onFailed(error)
        throw error
      }
    },
    async close() {
      closing.abort()
      await model.dispose()
    },
  }
}
