import { readFile, rename, writeFile } from 'node:fs/promises'
import { parseDailyUpload } from '../../domain/network/serving-caps.ts'
import type { UploadLog } from '../../ports/upload-log.ts'

/** An upload log in a file of JSON text. The caller holds the lock of the data directory. */
export function createFileUploadLog(path: string): UploadLog {
  return {
    async load() {
      return parseDailyUpload(await readFile(path, 'utf8').catch(() => ''))
    },
    async save(upload) {
      // Written aside and moved, so that the file is whole or not there.
      const draft = `${path}.new`
      try {
        await writeFile(draft, `${JSON.stringify(upload)}\n`, { mode: 0o600 })
        await rename(draft, path)
      } catch {
        // Blocked or full.
      }
    },
  }
}
