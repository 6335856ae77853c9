import type { ParsedDocument } from '../../domain/content/document.ts'
import type { DocumentContexts, DocumentSource } from '../../domain/graph/make-contexts.ts'
import { LoremeshError, toLoremeshError } from '../../domain/kernel/errors.ts'
import type { DocumentSplitter } from '../../ports/document-splitter.ts'
import { createWorkerCaller, type CalledWorker } from '../../workers/worker-caller.ts'
import type { SplittingFunctions } from './document-splitter.worker.ts'

/**
 * A splitter in a dedicated worker, which starts with the first document; one after another. A worker that fails is
 * replaced.
 */
export function openSplitterInWorker(
  startWorker: () => CalledWorker = startSplittingWorker,
): DocumentSplitter {
  const worker = createWorkerCaller<SplittingFunctions>(startWorker, {
    brokenDown: () => new LoremeshError('internal', 'Splitting the document failed'),
    endsWithFailure: true,
  })
  let splitting: Promise<unknown> = Promise.resolve()

  async function split(parsed: ParsedDocument, source: DocumentSource): Promise<DocumentContexts> {
    try {
      const { document, parts } = await worker.call('split', parsed, source)
      const contexts: DocumentContexts['contexts'][number][] = []
      const edges: DocumentContexts['edges'][number][] = []
      for (let at = 0; at < parts; at++) {
        const part = await worker.call('part', at)
        contexts.push(...part.contexts)
        edges.push(...part.edges)
      }
      await worker.call('forget')
      return { document, contexts, edges }
    } catch (cause) {
      const { message } = toLoremeshError(cause)
      throw new LoremeshError('internal', message, 'Add a simpler or smaller file', { cause })
    }
  }

  return {
    split(parsed, source) {
      const result = splitting.then(() => split(parsed, source))
      splitting = result.catch(() => undefined)
      return result
    },
    close: () => worker.end(new LoremeshError('aborted', 'The splitter was closed')),
  }
}

function startSplittingWorker(): Worker {
  return new Worker(new URL('./document-splitter.worker.ts', import.meta.url), { type: 'module' })
}
