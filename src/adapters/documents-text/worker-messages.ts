import type { ParsedDocument } from '../../domain/content/document.ts'
import type { ErrorCode } from '../../domain/kernel/errors.ts'

/** What the worker answers to a `SourceFile`; errors lose their code and hint when they are cloned, so these travel apart. */
export type ParsingReply =
  | { readonly type: 'parsed'; readonly document: ParsedDocument }
  | { readonly type: 'failed'; readonly code: ErrorCode; readonly message: string; readonly hint: string }
