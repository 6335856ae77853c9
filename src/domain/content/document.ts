import type { ContextHash } from './context-hash.ts'

/** What a document is, which decides how it is read and where it is split. */
export type DocumentKind = 'markdown' | 'text' | 'html' | 'source' | 'json' | 'csv' | 'pdf' | 'docx'

/** Who may get a document's contexts: nobody else, or every peer that pays. */
export type Visibility = 'private' | 'shared'

/**
 * A document after reading: `text` is what all offsets refer to (the file's own text, the Markdown made of an HTML page or
 * Word file, the lines of a PDF, or rows of a table below their header), `blocks` cover it in order without overlap.
 */
export interface ParsedDocument {
  readonly title: string
  readonly kind: DocumentKind
  /** Programming language of a source file, such as "typescript"; empty for other kinds. */
  readonly language: string
  readonly tags: readonly string[]
  readonly text: string
  readonly blocks: readonly Block[]
}

/** A unit that splitting keeps whole when it fits: a paragraph, list, table, code fence, or a declaration. */
export interface Block {
  /** UTF-16 offsets into the document's text, end exclusive. */
  readonly start: number
  readonly end: number
  readonly kind: 'heading' | 'prose' | 'code' | 'table'
  /**
   * Headings above the block, outermost first; a heading's own text is the last element of its own path. In source code
   * they are the names of the declarations around it, in JSON the keys, in a table its rows; "Page 3" is last in a PDF.
   */
  readonly headingPath: readonly string[]
  /** Targets of links and imports in the block, as written. */
  readonly links: readonly string[]
}

/** A piece of a document that becomes a context: `text` is exactly the document's UTF-8 bytes from `startByte` to `endByte`. */
export interface Chunk {
  readonly text: string
  readonly startByte: number
  readonly endByte: number
  readonly headingPath: readonly string[]
  readonly links: readonly string[]
}

/** A document of the library, without its text. `documentHash` is the hash of its text. */
export interface DocumentRecord {
  readonly documentHash: ContextHash
  readonly title: string
  /** Path or file name as it was added. */
  readonly path: string
  readonly kind: DocumentKind
  readonly tags: readonly string[]
  readonly sizeBytes: number
  readonly addedAtMs: number
  readonly visibility: Visibility
  readonly contexts: readonly ContextHash[]
  readonly chunkerVersion: number
}
