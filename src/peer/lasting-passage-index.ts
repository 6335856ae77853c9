import { isLoremeshError } from '../domain/kernel/errors.ts'
import type { PassageIndex } from '../ports/passage-index.ts'

/**
 * An index that outlives the loss of what it holds: `refill` then writes everything anew, and calls that ran meanwhile run
 * once more after it. Searches called while it is being filled find what has been written so far. After a refill that
 * failed, the next call waits for another one, and throws why that fails, too.
 */
export function createLastingPassageIndex(index: PassageIndex, refill: () => Promise<void>): PassageIndex {
  let filled: Promise<void> = Promise.resolve()
  let isFillingMissed = false
  index.onLost(startFilling)

  function startFilling(): void {
    isFillingMissed = false
    const filling = refill()
    filled = filling
    filling.catch(() => {
      if (filled === filling) isFillingMissed = true
    })
  }

  async function again<T>(call: () => Promise<T>): Promise<T> {
    if (isFillingMissed) {
      startFilling()
      await filled
    }
    try {
      return await call()
    } catch (error) {
      if (!isLoremeshError(error, 'not-ready')) throw error
      await filled
      return call()
    }
  }

  return {
    add: (passages) => again(() => index.add(passages)),
    setVectors: (space, vectors) => again(() => index.setVectors(space, vectors)),
    vectorsOf: (space, contextHashes) => again(() => index.vectorsOf(space, contextHashes)),
    forgetSpace: (space) => again(() => index.forgetSpace(space)),
    remove: (contextHashes) => again(() => index.remove(contextHashes)),
    markShared: (contextHashes, isShared) => again(() => index.markShared(contextHashes, isShared)),
    search: (query) => again(() => index.search(query)),
    onLost: index.onLost,
    close: index.close,
  }
}
