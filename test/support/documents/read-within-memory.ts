import { once } from 'node:events'
import { Worker } from 'node:worker_threads'

const THREAD = new URL('./read-in-thread.ts', import.meta.url)

/**
 * Reads the hostile shape of this path at its full size in a thread whose heap may not grow beyond 100 MB; gives the
 * number of blocks or the refusal, and rejects when the heap grows.
 */
export async function readWithin100Mb(path: string): Promise<string> {
  const thread = new Worker(THREAD, {
    workerData: path,
    resourceLimits: { maxOldGenerationSizeMb: 100, maxYoungGenerationSizeMb: 16 },
  })
  const [outcome] = (await once(thread, 'message')) as [string]
  await thread.terminate()
  return outcome
}
