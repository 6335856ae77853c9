import { DOCUMENT_LIMITS } from '../../domain/content/document-limits.ts'
import type { ParsedDocument } from '../../domain/content/document.ts'
import { LoremeshError } from '../../domain/kernel/errors.ts'
import type { DocumentParser, SourceFile } from '../../ports/document-parser.ts'
import { readingFailed } from './reading-failed.ts'
import type { ParsingReply } from './worker-messages.ts'

/** What the parser uses of a `Worker`. */
export type ParsingWorker = Pick<Worker, 'addEventListener' | 'postMessage' | 'terminate'>

/** What a test replaces. */
export interface WorkerParserOptions {
  readonly startWorker?: () => ParsingWorker
  /** A signal that fires after so many milliseconds. */
  readonly deadline?: (ms: number) => AbortSignal
}

/**
 * The parser of `createTextDocumentParser` in a dedicated worker, which starts with the first file. Files are read one
 * after another; one that takes longer than `DOCUMENT_LIMITS.readingMs`, or that brings the worker down, ends in `bad-document`,
 * and the next one gets a new worker.
 */
export function openTextDocumentParserInWorker(options: WorkerParserOptions = {}): DocumentParser {
  const { startWorker = startParsingWorker, deadline = (ms: number) => AbortSignal.timeout(ms) } = options
  let worker: ParsingWorker | undefined
  let reading: Promise<unknown> = Promise.resolve()
  const closing = new AbortController()

  function endWorker(): void {
    worker?.terminate()
    worker = undefined
  }

  function read(file: SourceFile, signal: AbortSignal | undefined): Promise<ParsedDocument> {
    return new Promise((resolve, reject) => {
      if (closing.signal.aborted || signal?.aborted === true) throw stopped()
      worker ??= startWorker()
      const done = new AbortController()
      const listen = { signal: done.signal }
      const fail = (error: LoremeshError): void => {
        done.abort()
        endWorker()
        reject(error)
      }
      const crash = (): void => fail(readingFailed())
      worker.addEventListener(
        'message',
        (event) => {
          done.abort()
          const reply = (event as MessageEvent<ParsingReply>).data
          if (reply.type === 'parsed') resolve(reply.document)
          else reject(new LoremeshError(reply.code, reply.message, reply.hint))
        },
        listen,
      )
      worker.addEventListener('error', crash, listen)
      worker.addEventListener('messageerror', crash, listen)
      deadline(DOCUMENT_LIMITS.readingMs).addEventListener(
        'abort',
        () =>
          fail(new LoremeshError('bad-document', 'Reading the file took too long', 'Split it into parts')),
        listen,
      )
      for (const end of [signal, closing.signal])
        end?.addEventListener('abort', () => fail(stopped()), listen)
      worker.postMessage(file)
    })
  }

  return {
    parse(file, signal) {
      const result = reading.then(() => read(file, signal))
      reading = result.catch(() => undefined)
      return result
    },
    close() {
      closing.abort()
      endWorker()
    },
  }
}

function stopped(): LoremeshError {
  return new LoremeshError('aborted', 'Reading was stopped')
}

function startParsingWorker(): Worker {
  return new Worker(new URL('./documents-text.worker.ts', import.meta.url), { type: 'module' })
}
