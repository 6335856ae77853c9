import { openNodePassageIndex } from '../../src/adapters/passage-index/node-passage-index.ts'
import { LoremeshError } from '../../src/domain/kernel/errors.ts'
import type { PassageIndex } from '../../src/ports/passage-index.ts'

/** An index that is emptied by `lose`, upon which the next search fails as one that ran then. */
export function createLosableIndex(): { readonly passageIndex: PassageIndex; lose(): void } {
  let held = openNodePassageIndex()
  let refill: () => void = () => undefined
  let isSearchLost = false
  return {
    passageIndex: {
      add: (passages) => held.add(passages),
      setVectors: (space, vectors) => held.setVectors(space, vectors),
      vectorsOf: (space, contextHashes) => held.vectorsOf(space, contextHashes),
      forgetSpace: (space) => held.forgetSpace(space),
      remove: (contextHashes) => held.remove(contextHashes),
      markShared: (contextHashes, isShared) => held.markShared(contextHashes, isShared),
      search(query) {
        if (!isSearchLost) return held.search(query)
        isSearchLost = false
        return Promise.reject(new LoremeshError('not-ready', 'It was lost'))
      },
      onLost: (listener) => (refill = listener),
      close: () => held.close(),
    },
    lose() {
      held = openNodePassageIndex()
      isSearchLost = true
      refill()
    },
  }
}
