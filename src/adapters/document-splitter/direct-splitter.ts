import { makeContexts } from '../../domain/graph/make-contexts.ts'
import type { DocumentSplitter } from '../../ports/document-splitter.ts'

/** A splitter on the thread that calls it, for programs without a screen. */
export function createDirectSplitter(): DocumentSplitter {
  return {
    split: (parsed, source) => new Promise((resolve) => resolve(makeContexts(parsed, source))),
    close: () => undefined,
  }
}
