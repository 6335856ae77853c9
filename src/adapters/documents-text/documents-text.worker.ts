import { toLoremeshError } from '../../domain/kernel/errors.ts'
import type { SourceFile } from '../../ports/document-parser.ts'
import { readDocument } from './text-document-parser.ts'
import type { ParsingReply } from './worker-messages.ts'

function reply(file: SourceFile): ParsingReply {
  try {
    return { type: 'parsed', document: readDocument(file) }
  } catch (error) {
    const { code, message, hint } = toLoremeshError(error)
    return { type: 'failed', code, message, hint }
  }
}

self.addEventListener('message', (event: MessageEvent<SourceFile>) => self.postMessage(reply(event.data)))
