import { parentPort, workerData } from 'node:worker_threads'
import { createTextDocumentParser } from '../../../src/adapters/documents-text/text-document-parser.ts'

/** Files that take as much memory as their format can. */
const makers: Readonly<Record<string, () => Uint8Array>> = {
  'objects.json': () => new TextEncoder().encode(`[${'{},'.repeat(3_000_000)}{}]`),
  'paragraphs.txt': () => new TextEncoder().encode('a\n\n'.repeat(3_300_000)),
  'rows.csv': () => new TextEncoder().encode(`a,b\n${'1\n'.repeat(4_000_000)}`),
  'brackets.ts': () => new TextEncoder().encode(`${'('.repeat(900)}\n`.repeat(200)),
  'page.html': () => new TextEncoder().encode('<p>a'.repeat(250_000)),
}

const path = String(workerData)
const bytes = makers[path]?.() ?? new Uint8Array()
const outcome = await createTextDocumentParser()
  .parse({ path, bytes })
  .then(
    ({ blocks }) => `${blocks.length} blocks`,
    (error: unknown) => String(error),
  )
parentPort?.postMessage(outcome)
