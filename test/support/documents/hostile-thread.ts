import { parentPort } from 'node:worker_threads'
import type { SourceFile } from '../../../src/ports/document-parser.ts'

/** What a hostile file would make a faulty reader do, by its path; other files are read as always. */
const misdeeds: Readonly<Record<string, () => void>> = {
  'endless.md'() {
    new BroadcastChannel('endless').postMessage('begun')
    for (;;);
  },
  'fatal.md'() {
    throw new Error('The reader broke down')
  },
}

parentPort?.on('message', ({ path }: SourceFile) => misdeeds[path]?.())
await import('../../../src/adapters/documents-text/node-reading-thread.ts')
