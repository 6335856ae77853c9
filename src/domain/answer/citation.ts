import type { ContextHash } from '../content/context-hash.ts'
import type { Context } from '../content/context.ts'
import { utf8Length } from '../content/utf8.ts'
import type { TextRange } from '../retrieval/sentences.ts'

/** A range of UTF-8 bytes, end exclusive. */
interface ByteSpan {
  readonly startByte: number
  readonly endByte: number
}

/** Where a passage comes from; `[n]` in an answer stands for it. */
export interface Citation {
  readonly n: number
  readonly contextHash: ContextHash
  readonly title: string
  readonly headingPath: readonly string[]
  readonly documentHash: ContextHash
  readonly documentTitle: string
  readonly author: Context['author']
  /** The passage in the text of its document; null for one of another peer, who alone knows the document. */
  readonly documentSpan: ByteSpan | null
}

/** Words of a cited passage, exactly as they stand in it. */
export interface Quote {
  readonly n: number
  readonly text: string
  /** UTF-16 range in the passage's text. */
  readonly range: TextRange
  /** The quote within the passage, whose hash proves it. */
  readonly contextSpan: ByteSpan
  readonly documentSpan: ByteSpan | null
}

/** The citation of a context as number `n`. */
export function citeContext(n: number, context: Context): Citation {
  const { contextHash, title, headingPath, documentHash, documentTitle, author, origin } = context
  const { startByte, endByte } = context
  const documentSpan = origin === 'cached' ? null : { startByte, endByte }
  return { n, contextHash, title, headingPath, documentHash, documentTitle, author, documentSpan }
}

/** A range of a cited text as a quote. */
export function quoteRange(citation: Citation, text: string, { start, end }: TextRange): Quote {
  const startByte = utf8Length(text, 0, start)
  const endByte = startByte + utf8Length(text, start, end)
  const { n, documentSpan } = citation
  const shift = documentSpan?.startByte ?? 0
  return {
    n,
    text: text.slice(start, end),
    range: { start, end },
    contextSpan: { startByte, endByte },
    documentSpan: documentSpan && { startByte: shift + startByte, endByte: shift + endByte },
  }
}
