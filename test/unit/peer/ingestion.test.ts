import { describe, expect, it } from 'vitest'
import { createMemoryIngestQueue } from '../../../src/adapters/storage-memory/memory-ingest-queue.ts'
import { hashText } from '../../../src/domain/content/context-hash.ts'
import type { AddedFile } from '../../../src/domain/content/ingest-file.ts'
import { textToBytes } from '../../../src/domain/kernel/bytes.ts'
import { LoremeshError } from '../../../src/domain/kernel/errors.ts'
import { createIngestion, type Ingestion } from '../../../src/peer/ingestion.ts'
import type { IngestQueue } from '../../../src/ports/ingest-queue.ts'
import { valueOf } from '../../support/value-of.ts'

type Ingest = Parameters<typeof createIngestion>[1]

const clock = {
  nowMs: () => 1_000,
  abortable() {
    const controller = new AbortController()
    return { signal: controller.signal, abort: () => controller.abort() }
  },
}
const file = (path: string): AddedFile => ({ path, bytes: textToBytes(path) })
const ready: Ingest = ({ path }) => Promise.resolve({ documentHash: hashText(path), contexts: 1 })
/** Never comes back by itself, as in a process that crashes meanwhile. */
const hangs: Ingest = () => new Promise(() => undefined)
/** Waits until it is stopped. */
const untilStopped: Ingest = (_, { signal }) =>
  new Promise((_resolve, reject) =>
    signal.addEventListener('abort', () => reject(new LoremeshError('aborted', 'Reading was stopped'))),
  )

async function start(queue: IngestQueue, ingest: Ingest): Promise<Ingestion> {
  const ingestion = createIngestion({ queue, clock }, ingest)
  await ingestion.start()
  return ingestion
}

const statesOf = (ingestion: Ingestion): readonly string[] =>
  valueOf(ingestion.files).map(({ path, state }) => `${path} ${state}`)

describe('the ingestion', () => {
  it('resolves before files are read, and reads them one after another', async () => {
    const paths: string[] = []
    const ingestion = await start(createMemoryIngestQueue(), async (one, options) => {
      paths.push(`${one.path} begins`)
      const made = await ready(one, options)
      paths.push(`${one.path} ends`)
      return made
    })
    const ids = await ingestion.enqueue([file('a'), file('b')])
    expect(statesOf(ingestion)).toEqual(['a reading', 'b queued'])
    const done = await ingestion.finished(ids)
    expect(done.map(({ state, contexts }) => [state, contexts])).toEqual([
      ['ready', 1],
      ['ready', 1],
    ])
    expect(paths).toEqual(['a begins', 'a ends', 'b begins', 'b ends'])
  })

  it('reads files that come while it is idle', async () => {
    const ingestion = await start(createMemoryIngestQueue(), ready)
    await ingestion.finished(await ingestion.enqueue([file('a')]))
    const done = await ingestion.finished(await ingestion.enqueue([file('b')]))
    expect(done.map(({ state }) => state)).toEqual(['ready'])
  })

  it('goes on after a crash with what was under way', async () => {
    const queue = createMemoryIngestQueue()
    const crashed = await start(queue, hangs)
    const ids = await crashed.enqueue([file('a'), file('b')])
    const again = await start(queue, ready)
    expect((await again.finished(ids)).map(({ state }) => state)).toEqual(['ready', 'ready'])
  })

  it('gives up a file that was under way in two crashes, and reads the others', async () => {
    const queue = createMemoryIngestQueue()
    const ids = await (await start(queue, hangs)).enqueue([file('a'), file('b')])
    await start(queue, hangs)
    await expect.poll(async () => (await queue.list())[0]?.attempts).toBe(2)
    const third = await start(queue, ready)
    const done = await third.finished(ids)
    expect(done.map(({ state }) => state)).toEqual(['failed', 'ready'])
    expect(done[0]?.reason).toMatch(/ended twice while it was read/)
    expect((await queue.list())[0]?.state).toBe('failed')
  })

  it('forgets at the next start what became ready', async () => {
    const queue = createMemoryIngestQueue()
    const first = await start(queue, ready)
    await first.finished(await first.enqueue([file('a')]))
    expect(statesOf(await start(queue, ready))).toEqual([])
  })

  it('does not count a stop as a crash', async () => {
    const queue = createMemoryIngestQueue()
    const first = await start(queue, untilStopped)
    await first.enqueue([file('a')])
    await first.stop()
    const second = await start(queue, untilStopped)
    await expect.poll(() => statesOf(second)).toEqual(['a reading'])
    await second.stop()
    expect(await queue.list()).toMatchObject([{ state: 'queued', attempts: 0 }])
  })

  it('ends what is removed, and goes on with the next', async () => {
    const queue = createMemoryIngestQueue()
    const ingestion = await start(queue, (one, options) =>
      one.path === 'a' ? untilStopped(one, options) : ready(one, options),
    )
    const [a, b] = await ingestion.enqueue([file('a'), file('b')])
    await expect.poll(() => statesOf(ingestion)[0]).toBe('a reading')
    await ingestion.remove([a ?? 0])
    await ingestion.finished([b ?? 0])
    expect(statesOf(ingestion)).toEqual(['b ready'])
    expect(await queue.list()).toHaveLength(1)
  })

  it('says why a file failed, and tries it again', async () => {
    let failures = 1
    const ingestion = await start(createMemoryIngestQueue(), (one, options) =>
      failures-- > 0
        ? Promise.reject(new LoremeshError('bad-document', 'The file is empty', 'Choose one with text'))
        : ready(one, options),
    )
    const ids = await ingestion.enqueue([file('a')])
    const [failed] = await ingestion.finished(ids)
    expect(failed?.reason).toBe('The file is empty. Choose one with text')
    await ingestion.retry(ids)
    const [done] = await ingestion.finished(ids)
    expect(done).toMatchObject({ state: 'ready' })
    expect(done).not.toHaveProperty('reason')
  })

  it('refuses what is too large or can not be read, and takes the others', async () => {
    const ingestion = await start(createMemoryIngestQueue(), ready)
    const unread = (size: number) => ({ size, arrayBuffer: () => Promise.reject(new Error('gone')) })
    const ids = await ingestion.enqueue([
      { path: 'huge.txt', bytes: unread(200_000_000) },
      { path: 'small.txt', bytes: unread(10) },
      { path: 'large.txt', bytes: unread(5_000_000) },
      file('good.txt'),
    ])
    const done = await ingestion.finished(ids)
    expect(done.map(({ state, reason }) => [state, reason])).toEqual([
      ['failed', 'Larger than 10 MB. Split the file and add its parts.'],
      ['failed', 'It could not be read. Add it again.'],
      ['failed', 'It could not be read. Add it again.'],
      ['ready', undefined],
    ])
  })

  it('takes 10,000 of 50,000 files, says which was the last, and looks at no further ones', async () => {
    const queue = createMemoryIngestQueue()
    const ingestion = await start(queue, hangs)
    let offered = 0
    function* many(): Generator<AddedFile> {
      for (let n = 1; n <= 50_000; n++) {
        offered = n
        yield file(`${n}.md`)
      }
    }
    await expect(ingestion.enqueue(many())).rejects.toMatchObject({
      code: 'storage-full',
      message: 'At most 10,000 files or 1 GB can wait: “10000.md” was the last one added',
    })
    expect(valueOf(ingestion.files)).toHaveLength(10_000)
    expect(offered).toBe(10_001)
    await expect(ingestion.enqueue([file('one more')])).rejects.toMatchObject({ code: 'storage-full' })
  })
})
