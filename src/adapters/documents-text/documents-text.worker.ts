import { replyToFile } from './reply-to-file.ts'
import type { OwnedFile } from './text-document-parser.ts'

/** A thread of its own, since pdf.js would take this one's messages for its own; it ends with this one. */
function startPdfEngine(): Worker {
  return new Worker(new URL('./pdf/pdf-engine.worker.ts', import.meta.url), { type: 'module' })
}

self.addEventListener('message', (event: MessageEvent<OwnedFile>) => {
  void replyToFile(event.data, { startPdfEngine }).then((message) => self.postMessage(message))
})
