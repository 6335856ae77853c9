import type { ContextHash } from '../domain/content/context-hash.ts'
import type { Context } from '../domain/content/context.ts'
import type { DocumentRecord } from '../domain/content/document.ts'
import { asPartOf } from '../domain/graph/make-contexts.ts'
import { resolveReferences } from '../domain/graph/resolve-references.ts'
import type { ContextStore } from '../ports/context-store.ts'

/** A document of more parts that has no record here is not searched for neighbours. */
const MAX_PARTS = 500
const MAX_REFERENCES = 2

/** What held contexts stand next to. */
export interface PassageNeighbours {
  /**
   * Held contexts around each of these: the one that follows it in its document, the one before it, and the beginnings
   * of documents that it refers to. The order of a document of another peer is not known here.
   */
  around(contexts: readonly Context[]): Promise<ReadonlyMap<ContextHash, readonly Context[]>>
}

/** Creates what finds neighbours along the edges of the metadata graph. */
export function createPassageNeighbours({
  contextStore,
}: {
  readonly contextStore: Pick<
    ContextStore,
    'getContexts' | 'getDocument' | 'listDocuments' | 'edgesFrom' | 'edgesTo'
  >
}): PassageNeighbours {
  /** The parts of a document in the order of its text; empty where that order is not known. */
  async function partsOf({ documentHash, origin }: Context): Promise<readonly ContextHash[]> {
    if (origin === 'cached') return []
    const document = await contextStore.getDocument(documentHash)
    if (document !== undefined) return document.contexts
    const edges = await contextStore.edgesTo(documentHash)
    const parts = edges.filter(({ kind }) => kind === 'PART_OF').map(({ from }) => from as ContextHash)
    if (parts.length > MAX_PARTS) return []
    const contexts = await contextStore.getContexts(parts)
    return [...contexts].sort((a, b) => a.startByte - b.startByte).map(({ contextHash }) => contextHash)
  }

  async function besides(context: Context): Promise<readonly Context[]> {
    const parts = await partsOf(context)
    const at = parts.indexOf(context.contextHash)
    if (at === -1) return []
    const found = await contextStore.getContexts(
      [parts[at + 1], parts[at - 1]].filter((hash) => hash !== undefined),
    )
    // One text can stand in several documents: only in this one is it a neighbour.
    return found.filter(({ documentHash }) => documentHash === context.documentHash)
  }

  async function referredTo(
    context: Context,
    documents: readonly DocumentRecord[],
  ): Promise<readonly Context[]> {
    const edges = await contextStore.edgesFrom(context.contextHash)
    const targets = edges.filter(({ kind }) => kind === 'REFERENCES').map(({ to }) => to)
    const hashes = new Set(resolveReferences(targets, documents).values())
    const beginnings = documents
      .filter(({ documentHash }) => hashes.has(documentHash) && documentHash !== context.documentHash)
      .slice(0, MAX_REFERENCES)
    const found = await Promise.all(
      beginnings.map(async (document) => {
        const [first] = await contextStore.getContexts(document.contexts.slice(0, 1))
        return first === undefined ? [] : [asPartOf(document, first)]
      }),
    )
    return found.flat()
  }

  return {
    async around(contexts) {
      const documents = await contextStore.listDocuments()
      const found = await Promise.all(
        contexts.map(async (context): Promise<readonly [ContextHash, readonly Context[]]> => [
          context.contextHash,
          [...(await besides(context)), ...(await referredTo(context, documents))],
        ]),
      )
      return new Map(found)
    },
  }
}
