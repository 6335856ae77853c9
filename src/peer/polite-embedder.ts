import { isLoremeshError, LoremeshError } from '../domain/kernel/errors.ts'
import type { Clock } from '../ports/clock.ts'
import type { SpaceEmbedder } from './embedded-space.ts'

/** A rest lasts as long as the work before it, but no longer than this. */
const MAX_REST_MS = 2_000
/** How long a question waits for a model, which something else may keep busy: words and static-384 answer without it. */
const MAX_QUESTION_MS = 2_000

/**
 * Wraps the embedder of a model so that it leaves time for everything else: it rests after passages and waits while
 * `whenResumed` is pending. Questions never wait for passages to be resumed, and throw `timeout` after 2 s. Calls throw
 * `aborted` once `closing` fires; `onFailed` is told why the model fails until then.
 */
export function createPoliteEmbedder(
  model: SpaceEmbedder,
  clock: Pick<Clock, 'monotonicMs' | 'sleep' | 'abortable'>,
  on: {
    readonly closing: AbortSignal
    onFailed(error: unknown): void
    whenResumed(): Promise<void>
  },
): SpaceEmbedder {
  const { closing } = on

  function assertOpen(): void {
    if (closing.aborted) throw new LoremeshError('aborted', 'The model is not in use any more')
  }

  async function embedPassages(texts: readonly string[]): Promise<Float32Array[]> {
    await on.whenResumed()
    assertOpen()
    const startMs = clock.monotonicMs()
    const vectors = await model.embed(texts, 'passage')
    await clock.sleep(Math.min(clock.monotonicMs() - startMs, MAX_REST_MS), closing)
    return vectors
  }

  async function embedQuestions(texts: readonly string[], signal?: AbortSignal): Promise<Float32Array[]> {
    const waiting = clock.abortable(signal)
    const tooLong = clock.sleep(MAX_QUESTION_MS, waiting.signal).then(() => {
      throw new LoremeshError('timeout', 'The model takes too long for a question')
    })
    try {
      return await Promise.race([model.embed(texts, 'query', waiting.signal), tooLong])
    } finally {
      waiting.abort()
    }
  }

  return {
    space: model.space,
    async embed(texts, role, signal) {
      assertOpen()
      try {
        return await (role === 'query' ? embedQuestions(texts, signal) : embedPassages(texts))
      } catch (error) {
        const isFault = !closing.aborted && signal?.aborted !== true && !isLoremeshError(error, 'timeout')
        if (isFault) on.onFailed(error)
        throw error
      }
    },
  }
}
