import type { ParsedDocument } from '../../domain/content/document.ts'
import { makeContexts, type DocumentContexts, type DocumentSource } from '../../domain/graph/make-contexts.ts'
import { LoremeshError } from '../../domain/kernel/errors.ts'
import { answerCalls } from '../../workers/answer-calls.ts'

/** Contexts and edges in one message, so that taking one in never takes long. */
const PART = 1_000

/** What the last document was split into. */
let made: DocumentContexts | undefined

const functions = {
  /** Splits a document and keeps its contexts and edges, of which `part` gives some at a time. */
  split(parsed: ParsedDocument, source: DocumentSource) {
    made = makeContexts(parsed, source)
    const { document, contexts, edges } = made
    return { document, parts: Math.ceil(Math.max(contexts.length, edges.length) / PART) }
  },
  part(at: number) {
    if (made === undefined) throw new LoremeshError('internal', 'No document was split')
    const [start, end] = [at * PART, (at + 1) * PART]
    return { contexts: made.contexts.slice(start, end), edges: made.edges.slice(start, end) }
  },
  forget() {
    made = undefined
  },
}

export type SplittingFunctions = typeof functions

answerCalls(functions)
