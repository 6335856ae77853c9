import { isLoremeshError } from '../../domain/kernel/errors.ts'
import { readingFailed } from './reading-failed.ts'
import { readDocument, type OwnedFile, type ReaderOptions } from './text-document-parser.ts'
import type { ParsingReply } from './worker-messages.ts'

/** What a thread that reads files answers to one: never an error that is no refusal. */
export async function replyToFile(file: OwnedFile, options?: ReaderOptions): Promise<ParsingReply> {
  try {
    return { type: 'parsed', document: await readDocument(file, options) }
  } catch (error) {
    const { code, message, hint } = isLoremeshError(error) ? error : readingFailed()
    return { type: 'failed', code, message, hint }
  }
}
