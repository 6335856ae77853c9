import type { ParsedDocument } from '../domain/content/document.ts'

/** A file as it came: its path or name and its bytes. */
export interface SourceFile {
  readonly path: string
  readonly bytes: Uint8Array
}

/** Reads files into documents. */
export interface DocumentParser {
  /** Throws `bad-document` (empty, binary, over the cap), `bad-utf8` or `unsupported`, each with a hint. */
  parse(file: SourceFile, signal?: AbortSignal): Promise<ParsedDocument>
  /** Ends what is being read, which throws `aborted`, and gives back what reading takes. */
  close(): void
}
