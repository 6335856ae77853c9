import type { ParsedDocument } from '../../domain/content/document.ts'
import type { DocumentContexts, DocumentSource } from '../../domain/graph/make-contexts.ts'

export interface SplitRequest {
  readonly parsed: ParsedDocument
  readonly source: DocumentSource
}

/** Answers come in parts, so that taking one in never takes long: contexts and edges, and then the document. */
export type SplitReply =
  | {
      readonly type: 'part'
      readonly contexts: DocumentContexts['contexts']
      readonly edges: DocumentContexts['edges']
    }
  | { readonly type: 'document'; readonly document: DocumentContexts['document'] }
  | { readonly type: 'failed'; readonly message: string }
