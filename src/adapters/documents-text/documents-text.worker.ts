import { toLoremeshError } from '../../domain/kernel/errors.ts'
import { readDocument, type OwnedFile } from './text-document-parser.ts'
import type { ParsingReply } from './worker-messages.ts'

async function reply(file: OwnedFile): Promise<ParsingReply> {
  try {
    return { type: 'parsed', document: await readDocument(file, { startPdfEngine }) }
  } catch (error) {
    const { code, message, hint } = toLoremeshError(error)
    return { type: 'failed', code, message, hint }
  }
}

/** A thread of its own, since pdf.js would take this one's messages for its own; it ends with this one. */
function startPdfEngine(): Worker {
  return new Worker(new URL('./pdf/pdf-engine.worker.ts', import.meta.url), { type: 'module' })
}

self.addEventListener('message', (event: MessageEvent<OwnedFile>) => {
  void reply(event.data).then((message) => self.postMessage(message))
})
