import { Worker } from 'node:worker_threads'
import type { DocumentParser, SourceFile } from '../../ports/document-parser.ts'
import {
  openTextDocumentParserInWorker,
  type ParsingWorker,
  type WorkerParserOptions,
} from './worker-text-document-parser.ts'

/** What a test replaces. */
interface NodeParserOptions extends Pick<WorkerParserOptions, 'deadline'> {
  /** The module that reads what it is sent. */
  readonly thread?: URL
}

/**
 * The parser of `createTextDocumentParser` in a thread of Node, which starts with the first file and is ended as a tab ends
 * its worker: by a file that takes longer than `DOCUMENT_LIMITS.readingMs`, or that is stopped. It has no cap on memory of
 * its own, for V8 ends the whole process at such a cap more often than the thread: `DOCUMENT_LIMITS` bound what a file takes.
 */
export function openNodeTextDocumentParser({
  thread = new URL('./node-reading-thread.ts', import.meta.url),
  ...options
}: NodeParserOptions = {}): DocumentParser {
  return openTextDocumentParserInWorker({ ...options, startWorker: () => new ReadingThread(thread) })
}

/** A thread with the events of a web worker. It keeps the process alive only while it reads. */
class ReadingThread extends EventTarget implements ParsingWorker {
  readonly #thread: Worker

  constructor(module: URL) {
    super()
    this.#thread = new Worker(module)
    this.#thread.unref()
    this.#thread.on('message', (data: unknown) => {
      this.#thread.unref()
      this.dispatchEvent(new MessageEvent('message', { data }))
    })
    this.#thread.on('messageerror', () => this.dispatchEvent(new Event('messageerror')))
    this.#thread.on('error', () => this.dispatchEvent(new Event('error')))
  }

  postMessage(file: SourceFile): void {
    this.#thread.ref()
    this.#thread.postMessage(file)
  }

  terminate(): void {
    void this.#thread.terminate()
  }
}
