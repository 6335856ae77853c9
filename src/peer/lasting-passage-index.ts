import { isLoremeshError } from '../domain/kernel/errors.ts'
import type { PassageIndex } from '../ports/passage-index.ts'

/**
 * An index that outlives the loss of what it holds: `refill` then writes everything anew, and calls that ran meanwhile run
 * once more after it. Searches called while it is being filled find what has been written so far.
 */
export function createLastingPassageIndex(index: PassageIndex, refill: () => Promise<void>): PassageIndex {
  let filled: Promise<void> = Promise.resolve()
  index.onLost(() => {
    filled = refill()
    // Whoever waits for it hears of it.
    filled.catch(() => undefined)
  })

  async function again<T>(call: () => Promise<T>): Promise<T> {
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
