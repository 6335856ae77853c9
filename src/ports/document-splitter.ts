import type { ParsedDocument } from '../domain/content/document.ts'
import type { DocumentContexts, DocumentSource } from '../domain/graph/make-contexts.ts'

/** Splits documents into contexts without holding up what else goes on. */
export interface DocumentSplitter {
  /** What `makeContexts` makes. Throws `internal` when it can't be made. */
  split(parsed: ParsedDocument, source: DocumentSource): Promise<DocumentContexts>
  /** Ends what is being split, and gives back what splitting takes. */
  close(): void
}
