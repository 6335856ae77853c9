/** The page that measures ingestion: the same peer as the app's, whose parts are timed, and what each part is made of alone. */
import { openTextDocumentParserInWorker } from '../../src/adapters/documents-text/worker-text-document-parser.ts'
import type { Context } from '../../src/domain/content/context.ts'
import { toLoremeshError } from '../../src/domain/kernel/errors.ts'
import { createPeer } from '../../src/peer/create-peer.ts'
import { openTabComponents } from '../../src/tab/open-tab-components.ts'
import { filesOfList } from '../../src/ui/screens/library/added-files.ts'
import { countPages, extractWithPdfJs, writeWithDexie } from './raw-parts.ts'
import { createStopwatch } from './stopwatch.ts'

/** What became of all files, and how long the peer waited for each of its parts, in milliseconds. */
export interface IngestRun {
  readonly ms: number
  readonly contexts: number
  readonly ready: number
  readonly failed: number
  readonly phasesMs: Readonly<Record<string, number>>
  /** PDFs by the product's parser and by pdf.js alone: pages, and milliseconds of all. */
  readonly pdf: { readonly pages: number; readonly ms: number; readonly pdfJsMs: number }
  /** Milliseconds of writing the same contexts with Dexie alone. */
  readonly dexieMs: number
}

function chosen(id: string): readonly File[] {
  return [...(document.querySelector<HTMLInputElement>(`#${id}`)?.files ?? [])]
}

/** Adds the folder that was chosen to a new library, then does its main parts again with libraries alone. */
async function ingest(): Promise<IngestRun> {
  const components = await openTabComponents()
  const { timed, spentMs } = createStopwatch()
  const written: Context[][] = []
  const store = components.contextStore
  const peer = await createPeer({
    ...components,
    ingestQueue: timed('queue', components.ingestQueue),
    parser: timed('read', components.parser),
    splitter: timed('split', components.splitter),
    contextStore: timed('store', {
      ...store,
      putDocument(document, contexts, edges) {
        written.push([...contexts])
        return store.putDocument(document, contexts, edges)
      },
    }),
    embedder: timed('embed', components.embedder),
    openPassageIndex: () => timed('index', components.openPassageIndex()),
  })
  const files = [...filesOfList(chosen('folder'))]
  const before = spentMs()
  const startMs = performance.now()
  const outcomes = await peer.library.add(files)
  const ms = performance.now() - startMs
  const after = spentMs()
  await peer.close()
  const pdfs = chosen('folder').filter(({ name }) => /^(?:report|notes-\d)\.pdf$/.test(name))
  return {
    ms,
    contexts: outcomes.reduce((sum, file) => sum + (file.contexts ?? 0), 0),
    ready: outcomes.filter(({ state }) => state === 'ready').length,
    failed: outcomes.filter(({ state }) => state === 'failed').length,
    phasesMs: Object.fromEntries(
      Object.entries(after).map(([phase, spent]) => [phase, spent - (before[phase] ?? 0)]),
    ),
    pdf: await measurePdfs(pdfs),
    dexieMs: await writeWithDexie(written),
  }
}

async function measurePdfs(pdfs: readonly File[]): Promise<IngestRun['pdf']> {
  const parser = openTextDocumentParserInWorker()
  const startMs = performance.now()
  for (const file of pdfs) {
    await parser.parse({ path: file.name, bytes: new Uint8Array(await file.arrayBuffer()) })
  }
  const ms = performance.now() - startMs
  parser.close()
  const contents = await Promise.all(pdfs.map((file) => file.arrayBuffer()))
  return { pages: await countPages(contents), ms, pdfJsMs: await extractWithPdfJs(contents) }
}

/** What reading a file gave: its number of blocks or the refusal, and how long it took. */
export interface ReadRun {
  readonly outcome: string
  readonly isRead: boolean
  readonly ms: number
}

const parser = openTextDocumentParserInWorker()

/** Reads the file that was chosen in the product's worker, and nothing else. */
async function read(): Promise<ReadRun> {
  const [file] = chosen('files')
  if (file === undefined) throw new Error('No file was chosen')
  const startMs = performance.now()
  const bytes = new Uint8Array(await file.arrayBuffer())
  try {
    const { blocks } = await parser.parse({ path: file.name, bytes })
    return { outcome: `${blocks.length} blocks`, isRead: true, ms: performance.now() - startMs }
  } catch (error) {
    const { message, hint } = toLoremeshError(error)
    return { outcome: `${message}. ${hint}`, isRead: false, ms: performance.now() - startMs }
  }
}

const ingestBench = { ingest, read }

declare global {
  interface Window {
    ingestBench: typeof ingestBench
  }
}
window.ingestBench = ingestBench
