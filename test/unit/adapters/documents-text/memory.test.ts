import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { expect, test } from 'vitest'

const THREAD = new URL('../../../support/documents/read-in-thread.ts', import.meta.url)

/** Reads a hostile file in a thread whose heap may not grow beyond 100 MB; rejects when it does. */
async function readWithin100Mb(path: string): Promise<unknown> {
  const thread = new Worker(THREAD, {
    workerData: path,
    resourceLimits: { maxOldGenerationSizeMb: 100, maxYoungGenerationSizeMb: 16 },
  })
  const [outcome] = (await once(thread, 'message')) as [unknown]
  await thread.terminate()
  return outcome
}

test.each(['objects.json', 'paragraphs.txt', 'rows.csv', 'brackets.ts', 'page.html'])(
  '%s of the largest size is read with 100 MB of memory',
  async (path) => {
    expect(await readWithin100Mb(path)).toMatch(/^[1-9]\d* blocks$/)
  },
)
