import { parentPort } from 'node:worker_threads'
import { replyToFile } from './reply-to-file.ts'
import type { OwnedFile } from './text-document-parser.ts'

parentPort?.on('message', (file: OwnedFile) => {
  void replyToFile(file).then((message) => parentPort?.postMessage(message))
})
