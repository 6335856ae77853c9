import type { Readable } from '../domain/kernel/readable.ts'

/**
 * Asks the browser, once, to keep this site's storage even when space runs short: as soon as `documents`, the user's own,
 * has one, for before that nothing would be missed. The answer changes nothing here, so none is waited for.
 */
export function keepStorage(
  documents: Readable<readonly unknown[]>,
  storage: Pick<StorageManager, 'persisted' | 'persist'>,
): void {
  let asked = false
  documents.subscribe(({ length }) => {
    if (asked || length === 0) return
    asked = true
    void askToKeep(storage)
  })
}

async function askToKeep(storage: Pick<StorageManager, 'persisted' | 'persist'>): Promise<void> {
  try {
    if (!(await storage.persisted())) await storage.persist()
  } catch {
    // A browser that can't say keeps the data as it keeps any other.
  }
}
