import { toLoremeshError } from '../../domain/kernel/errors.ts'
import { readDocument, type OwnedFile, type ReaderOptions } from './text-document-parser.ts'
import type { ParsingReply } from './worker-messages.ts'

/** What a thread that reads files answers to one. Never rejects. */
export async function replyToFile(file: OwnedFile, options?: ReaderOptions): Promise<ParsingReply> {
  try {
    return { type: 'parsed', document: await readDocument(file, options) }
  } catch (error) {
    const { code, message, hint } = toLoremeshError(error)
    return { type: 'failed', code, message, hint }
  }
}
