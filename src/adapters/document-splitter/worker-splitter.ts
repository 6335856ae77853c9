import type { DocumentContexts } from '../../domain/graph/make-contexts.ts'
import { LoremeshError } from '../../domain/kernel/errors.ts'
import type { DocumentSplitter } from '../../ports/document-splitter.ts'
import type { SplitReply, SplitRequest } from './worker-messages.ts'

/** A splitter in a dedicated worker, which starts with the first document; one after another. A worker that fails is replaced. */
export function openSplitterInWorker(): DocumentSplitter {
  let worker: Worker | undefined
  let splitting: Promise<unknown> = Promise.resolve()

  function split(request: SplitRequest): Promise<DocumentContexts> {
    return new Promise((resolve, reject) => {
      worker ??= startWorker()
      const contexts: DocumentContexts['contexts'][number][] = []
      const edges: DocumentContexts['edges'][number][] = []
      const done = new AbortController()
      const listen = { signal: done.signal }
      const fail = (message: string): void => {
        done.abort()
        worker?.terminate()
        worker = undefined
        reject(new LoremeshError('internal', message, 'Add a simpler or smaller file'))
      }
      worker.addEventListener(
        'message',
        ({ data }: MessageEvent<SplitReply>) => {
          if (data.type === 'part') {
            contexts.push(...data.contexts)
            edges.push(...data.edges)
          } else if (data.type === 'document') {
            done.abort()
            resolve({ document: data.document, contexts, edges })
          } else fail(data.message)
        },
        listen,
      )
      worker.addEventListener('error', () => fail('Splitting the document failed'), listen)
      worker.addEventListener('messageerror', () => fail('Splitting the document failed'), listen)
      worker.postMessage(request)
    })
  }

  return {
    split(parsed, source) {
      const result = splitting.then(() => split({ parsed, source }))
      splitting = result.catch(() => undefined)
      return result
    },
  }
}

function startWorker(): Worker {
  return new Worker(new URL('./document-splitter.worker.ts', import.meta.url), {
    type: 'module',
    name: 'splitter',
  })
}
