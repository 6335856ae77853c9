import { Dexie, type EntityTable } from 'dexie'
import { getDocument, PDFWorker, type PDFDocumentProxy } from 'pdfjs-dist/legacy/build/pdf.mjs'
import type { Context } from '../../src/domain/content/context.ts'

/** Calls `use` with each PDF, opened by pdf.js in a worker of its own. */
async function withPdfs(
  contents: readonly ArrayBuffer[],
  use: (pdf: PDFDocumentProxy) => Promise<void>,
): Promise<void> {
  const engine = new Worker(
    new URL('../../src/adapters/documents-text/pdf/pdf-engine.worker.ts', import.meta.url),
    { type: 'module' },
  )
  const worker = PDFWorker.create({ port: engine })
  for (const content of contents) {
    const task = getDocument({ data: new Uint8Array(content.slice()), worker, useWasm: false, verbosity: 0 })
    await use(await task.promise)
    await task.destroy()
  }
  worker.destroy()
  engine.terminate()
}

/** Pages of all these PDFs. */
export async function countPages(contents: readonly ArrayBuffer[]): Promise<number> {
  let pages = 0
  await withPdfs(contents, (pdf) => {
    pages += pdf.numPages
    return Promise.resolve()
  })
  return pages
}

/** Milliseconds in which pdf.js, its worker's start included, gives the text of all pages. */
export async function extractWithPdfJs(contents: readonly ArrayBuffer[]): Promise<number> {
  const startMs = performance.now()
  await withPdfs(contents, async (pdf) => {
    for (let number = 1; number <= pdf.numPages; number++) {
      await (await pdf.getPage(number)).getTextContent()
    }
  })
  return performance.now() - startMs
}

/** Milliseconds in which Dexie writes these contexts, each list in a transaction of its own, into a table without any other index. */
export async function writeWithDexie(lists: readonly (readonly Context[])[]): Promise<number> {
  const database = new Dexie('raw', { chromeTransactionDurability: 'relaxed' }) as Dexie & {
    contexts: EntityTable<Context, 'contextHash'>
  }
  database.version(1).stores({ contexts: 'contextHash' })
  await database.open()
  const startMs = performance.now()
  for (const contexts of lists) await database.contexts.bulkPut([...contexts])
  const ms = performance.now() - startMs
  await database.delete()
  return ms
}
