import { parentPort, workerData } from 'node:worker_threads'
import { createTextDocumentParser } from '../../../src/adapters/documents-text/text-document-parser.ts'
import { HOSTILE_SHAPES } from './hostile-shapes.ts'

const path = String(workerData)
const text = HOSTILE_SHAPES.find((shape) => shape.path === path)?.text(1)
const outcome = await createTextDocumentParser()
  .parse({ path, bytes: new TextEncoder().encode(text) })
  .then(
    ({ blocks }) => `${blocks.length} blocks`,
    (error: unknown) => String(error),
  )
parentPort?.postMessage(outcome)
