import { parseDailyUpload } from '../../domain/network/serving-caps.ts'
import type { UploadLog } from '../../ports/upload-log.ts'

const STORAGE_KEY = 'loremesh:upload'

/** An upload log in a browser's storage, which is written at once: a page that goes has no time for more. */
export function createWebStorageUploadLog(storage: Pick<Storage, 'getItem' | 'setItem'>): UploadLog {
  return {
    load() {
      try {
        return Promise.resolve(parseDailyUpload(storage.getItem(STORAGE_KEY) ?? ''))
      } catch {
        return Promise.resolve(undefined) // Blocked.
      }
    },
    save(upload) {
      try {
        storage.setItem(STORAGE_KEY, JSON.stringify(upload))
      } catch {
        // Blocked or full.
      }
      return Promise.resolve()
    },
  }
}
