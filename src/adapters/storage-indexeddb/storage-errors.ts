import { LoremeshError } from '../../domain/kernel/errors.ts'

/** Dexie hangs the browser's error into `inner` of its own. */
function hasCause(error: unknown, name: string): boolean {
  if (!(error instanceof Error)) return false
  return error.name === name || ('inner' in error && hasCause(error.inner, name))
}

function toStorageError(error: unknown): unknown {
  if (hasCause(error, 'QuotaExceededError')) {
    return new LoremeshError(
      'storage-full',
      'The browser gives Loremesh no more storage',
      'Remove documents from the library, or free space on the disk',
      { cause: error },
    )
  }
  return error
}

/** Runs a step against the database. Throws `storage-full` where the browser would throw a QuotaExceededError. */
export async function withStorageErrors<T>(step: () => PromiseLike<T>): Promise<T> {
  try {
    return await step()
  } catch (error) {
    throw toStorageError(error)
  }
}
