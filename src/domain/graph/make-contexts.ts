import { CHUNKER_VERSION, chunkDocument } from '../content/chunk.ts'
import { hashText, type ContextHash } from '../content/context-hash.ts'
import type { Context, ContextOrigin } from '../content/context.ts'
import type { Chunk, DocumentRecord, ParsedDocument, Visibility } from '../content/document.ts'
import { utf8Length } from '../content/utf8.ts'
import type { PeerId } from '../identity/account.ts'
import type { Edge } from './edge.ts'
import { resolveLink } from './resolve-link.ts'

/** What is known about a document besides what reading it gave. */
export interface DocumentSource {
  /** Path or file name as it was added. */
  readonly path: string
  readonly author: PeerId
  readonly addedAtMs: number
  readonly origin: ContextOrigin
  readonly visibility: Visibility
}

/** A document ready to be stored. */
export interface DocumentContexts {
  readonly document: DocumentRecord
  /** In the order of the text; a text that occurs twice is one context, at its first place. */
  readonly contexts: readonly Context[]
  readonly edges: readonly Edge[]
}

/** Splits a document into contexts and relates them: PART_OF the document, AUTHORED_BY the peer, REFERENCES what they link to. */
export function makeContexts(parsed: ParsedDocument, source: DocumentSource): DocumentContexts {
  const documentHash = hashText(parsed.text)
  const documentBytes = utf8Length(parsed.text)
  const contexts = new Map<ContextHash, Context>()
  const edges: Edge[] = []
  for (const chunk of chunkDocument(parsed)) {
    const contextHash = hashText(chunk.text)
    if (contexts.has(contextHash)) continue
    contexts.set(contextHash, {
      contextHash,
      text: chunk.text,
      sizeBytes: chunk.endByte - chunk.startByte,
      title: contextTitle(parsed.title, chunk.headingPath),
      headingPath: chunk.headingPath,
      tags: parsed.tags,
      documentHash,
      documentTitle: parsed.title,
      documentBytes,
      startByte: chunk.startByte,
      endByte: chunk.endByte,
      author: source.author,
      origin: source.origin,
      addedAtMs: source.addedAtMs,
    })
    edges.push({ from: contextHash, kind: 'PART_OF', to: documentHash })
    edges.push({ from: contextHash, kind: 'AUTHORED_BY', to: source.author })
    for (const to of referencesOf(chunk, source.path))
      edges.push({ from: contextHash, kind: 'REFERENCES', to })
  }
  const document: DocumentRecord = {
    documentHash,
    title: parsed.title,
    path: source.path,
    kind: parsed.kind,
    tags: parsed.tags,
    sizeBytes: documentBytes,
    addedAtMs: source.addedAtMs,
    visibility: source.visibility,
    contexts: [...contexts.keys()],
    chunkerVersion: CHUNKER_VERSION,
  }
  return { document, contexts: [...contexts.values()], edges }
}

/**
 * A stored context as part of this document. A text that several documents hold is one context, stored with the titles
 * of the one that was added last; that one may be private, so its titles, tags and hash must not go out with this one.
 * What this document's headings are at that place is not known any more.
 */
export function asPartOf(document: DocumentRecord, context: Context): Context {
  if (context.documentHash === document.documentHash) return context
  return {
    ...context,
    title: document.title,
    headingPath: [],
    tags: document.tags,
    documentHash: document.documentHash,
    documentTitle: document.title,
    documentBytes: document.sizeBytes,
  }
}

/** "Document › last heading", or the document's title where its first heading is that title. */
function contextTitle(documentTitle: string, headingPath: readonly string[]): string {
  const heading = headingPath.at(-1)
  return heading === undefined || heading === documentTitle ? documentTitle : `${documentTitle} › ${heading}`
}

function referencesOf(chunk: Chunk, path: string): ReadonlySet<string> {
  const targets = chunk.links.map((link) => resolveLink(path, link)).filter((target) => target !== undefined)
  return new Set(targets)
}
