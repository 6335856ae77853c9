import { LoremeshError } from '../../domain/kernel/errors.ts'
import { describeFailure } from '../../domain/network/link-failure.ts'

/** Counts the WebRTC connections of a page, of which a browser bears so many. */
export interface PeerConnections {
  /** Made since the page was loaded, whether or not they came about. */
  made(): number
  /** False when so many are left that no more should be made; hurries their collection as garbage then. */
  hasRoom(): boolean
  /** Counts one that is about to be made. Throws `unavailable` when there is no room for it. */
  take(): void
}

/**
 * No more than `limit` at a time. Closed ones count until they are collected as garbage, which nobody but the collector
 * knows of. It takes up to two collections, so all that were made since the last but one count, and those that were open
 * at the last, as `countOpen` tells. From a quarter of the limit on `collectSoon` hurries the next one.
 */
export function createPeerConnections(
  { countOpen, collectSoon }: { readonly countOpen: () => number; readonly collectSoon: () => void },
  { limit }: { readonly limit: number },
): PeerConnections {
  let made = 0
  let madeSinceCollection = 0
  let uncollected = 0
  const registry = new FinalizationRegistry<undefined>(() => {
    uncollected = countOpen() + madeSinceCollection
    madeSinceCollection = 0
    watchCollection()
  })

  /** An object that nobody holds is collected in the next major collection; no other looks after weak references. */
  function watchCollection(): void {
    registry.register({}, undefined)
  }

  function hasRoom(): boolean {
    if (uncollected >= limit / 4) collectSoon()
    return uncollected < limit
  }

  watchCollection()
  return {
    made: () => made,
    hasRoom,
    take() {
      if (!hasRoom()) {
        const { meaning, hint } = describeFailure('too-many-connections')
        throw new LoremeshError('unavailable', meaning, hint)
      }
      made += 1
      madeSinceCollection += 1
      uncollected += 1
    },
  }
}
