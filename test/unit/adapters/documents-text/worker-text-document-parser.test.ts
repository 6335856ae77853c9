import { expect, test } from 'vitest'
import { createTextDocumentParser } from '../../../../src/adapters/documents-text/text-document-parser.ts'
import type { ParsingReply } from '../../../../src/adapters/documents-text/worker-messages.ts'
import {
  openTextDocumentParserInWorker,
  type ParsingWorker,
} from '../../../../src/adapters/documents-text/worker-text-document-parser.ts'
import { DOCUMENT_LIMITS } from '../../../../src/domain/content/document-limits.ts'
import type { SourceFile } from '../../../../src/ports/document-parser.ts'

/** A worker in this thread that does with a file what a test wants. */
class FakeWorker extends EventTarget implements ParsingWorker {
  terminated = false
  private readonly onFile: (file: SourceFile, worker: FakeWorker) => void

  constructor(onFile: (file: SourceFile, worker: FakeWorker) => void) {
    super()
    this.onFile = onFile
  }
  postMessage(file: SourceFile): void {
    queueMicrotask(() => this.onFile(file, this))
  }
  reply(reply: ParsingReply): void {
    this.dispatchEvent(new MessageEvent('message', { data: reply }))
  }
  terminate(): void {
    this.terminated = true
  }
}

const reader = createTextDocumentParser()
const file = (path: string): SourceFile => ({ path, bytes: new TextEncoder().encode('# Title\n') })
const answers = (source: SourceFile, worker: FakeWorker): void =>
  void reader.parse(source).then((document) => worker.reply({ type: 'parsed', document }))
const neverAnswers = (): void => undefined

/** A parser whose first worker behaves as told and whose later ones answer; `expire` lets the time of a file run out. */
function setUp(first: (source: SourceFile, worker: FakeWorker) => void) {
  const workers: FakeWorker[] = []
  const clock = new AbortController()
  const deadlines: number[] = []
  const parser = openTextDocumentParserInWorker({
    startWorker: () => {
      const worker = new FakeWorker(workers.length === 0 ? first : answers)
      workers.push(worker)
      return worker
    },
    deadline: (ms) => {
      deadlines.push(ms)
      return deadlines.length === 1 ? clock.signal : new AbortController().signal
    },
  })
  return { parser, workers, deadlines, expire: () => clock.abort() }
}

test('files are read by one worker, one after another', async () => {
  const { parser, workers } = setUp(answers)
  const documents = await Promise.all([parser.parse(file('a.md')), parser.parse(file('b.md'))])
  expect(documents.map(({ title }) => title)).toEqual(['Title', 'Title'])
  expect(workers).toHaveLength(1)
})

test('a refusal comes back with its code and hint, and the worker goes on', async () => {
  const { parser, workers } = setUp((_, worker) =>
    worker.reply({ type: 'failed', code: 'bad-utf8', message: 'No text', hint: 'Save it again' }),
  )
  await expect(parser.parse(file('a.md'))).rejects.toMatchObject({ code: 'bad-utf8', hint: 'Save it again' })
  expect(workers.map(({ terminated }) => terminated)).toEqual([false])
})

test('a file that takes too long is refused, and the next one gets a new worker', async () => {
  const { parser, workers, deadlines, expire } = setUp(neverAnswers)
  const slow = parser.parse(file('slow.md'))
  const next = parser.parse(file('next.md'))
  queueMicrotask(expire)
  await expect(slow).rejects.toMatchObject({ code: 'bad-document' })
  expect((await next).title).toBe('Title')
  expect(deadlines).toEqual([DOCUMENT_LIMITS.readingMs, DOCUMENT_LIMITS.readingMs])
  expect(workers.map(({ terminated }) => terminated)).toEqual([true, false])
})

test('a crash refuses only the file that caused it', async () => {
  const { parser, workers } = setUp((_, worker) => worker.dispatchEvent(new Event('error')))
  await expect(parser.parse(file('bad.md'))).rejects.toMatchObject({ code: 'bad-document' })
  expect((await parser.parse(file('next.md'))).title).toBe('Title')
  expect(workers.map(({ terminated }) => terminated)).toEqual([true, false])
})

test('a stopped file ends its worker', async () => {
  const { parser, workers } = setUp(neverAnswers)
  const stop = new AbortController()
  const stopped = parser.parse(file('a.md'), stop.signal)
  setImmediate(() => stop.abort())
  await expect(stopped).rejects.toMatchObject({ code: 'aborted' })
  expect(workers.map(({ terminated }) => terminated)).toEqual([true])
})

test('a closed parser reads nothing more', async () => {
  const { parser, workers } = setUp(answers)
  await parser.parse(file('a.md'))
  parser.close()
  await expect(parser.parse(file('b.md'))).rejects.toMatchObject({ code: 'aborted' })
  expect(workers.map(({ terminated }) => terminated)).toEqual([true])
})

test('closing the parser ends what is being read', async () => {
  const { parser, workers } = setUp(neverAnswers)
  const reading = parser.parse(file('a.md'))
  setImmediate(() => parser.close())
  await expect(reading).rejects.toMatchObject({ code: 'aborted' })
  expect(workers.map(({ terminated }) => terminated)).toEqual([true])
})
