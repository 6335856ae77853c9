import type { ContextHash } from '../domain/content/context-hash.ts'
import type { DocumentRecord } from '../domain/content/document.ts'
import type { Edge } from '../domain/graph/edge.ts'
import { isVersionOf } from '../domain/retrieval/near-duplicates.ts'
import type { ContextStore } from '../ports/context-store.ts'

/** Those of documents under the path of another one that it is a newer version of: they share most of their text. */
export async function earlierVersions(
  contextStore: Pick<ContextStore, 'getDocument' | 'getContexts'>,
  documentHash: ContextHash,
  namesakes: readonly DocumentRecord[],
): Promise<readonly DocumentRecord[]> {
  const document = namesakes.length === 0 ? undefined : await contextStore.getDocument(documentHash)
  if (document === undefined) return []
  const textOf = async ({ contexts }: DocumentRecord): Promise<string> =>
    (await contextStore.getContexts(contexts)).map(({ text }) => text).join('\n')
  const [text = '', ...texts] = await Promise.all([document, ...namesakes].map(textOf))
  return namesakes.filter((_, at) => isVersionOf(document.path, text, texts[at] ?? ''))
}

/** Notes that a document supersedes others and what these did, all of which other peers may still offer. */
export async function noteSuperseded(
  contextStore: Pick<ContextStore, 'putContexts' | 'edgesFrom'>,
  documentHash: ContextHash,
  earlier: readonly DocumentRecord[],
): Promise<void> {
  const before = await Promise.all(earlier.map((one) => contextStore.edgesFrom(one.documentHash)))
  const superseded = [
    ...earlier.map((one) => one.documentHash),
    ...before.flat().flatMap(({ kind, to }) => (kind === 'SUPERSEDES' ? [to] : [])),
  ]
  const edges = superseded
    .filter((to) => to !== documentHash)
    .map((to): Edge => ({ from: documentHash, kind: 'SUPERSEDES', to }))
  await contextStore.putContexts([], edges)
}

/** Whether the library has a newer version of a document, and not the document itself. */
export async function isSuperseded(
  contextStore: Pick<ContextStore, 'getDocument' | 'edgesTo'>,
  documentHash: ContextHash,
): Promise<boolean> {
  if ((await contextStore.getDocument(documentHash)) !== undefined) return false
  const edges = await contextStore.edgesTo(documentHash)
  const newer = edges.flatMap(({ kind, from }) => (kind === 'SUPERSEDES' ? [from as ContextHash] : []))
  const held = await Promise.all(newer.map((hash) => contextStore.getDocument(hash)))
  return held.some((document) => document !== undefined)
}
