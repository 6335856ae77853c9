import { LoremeshError } from '../../domain/kernel/errors.ts'
import { describeFailure } from '../../domain/network/link-failure.ts'

/** Counts the WebRTC connections of a page, of which a browser bears so many. */
export interface PeerConnections {
  /** Made since the page was loaded, whether or not they came about. */
  made(): number
  /** False when so many are left that no more should be made. */
  hasRoom(): boolean
  /** Counts one that is about to be made. Throws `unavailable` when there is no room for it. */
  take(): void
}

/**
 * No more than `limit` at a time. Closed ones count until they are collected as garbage, which nobody but the collector
 * knows of: so all that were made since the last collection count, and those that were open then, as `countOpen` tells.
 */
export function createPeerConnections(
  { countOpen }: { readonly countOpen: () => number },
  { limit }: { readonly limit: number },
): PeerConnections {
  let made = 0
  let uncollected = 0
  const registry = new FinalizationRegistry<undefined>(() => {
    uncollected = countOpen()
    watchCollection()
  })

  /** An object that nobody holds is collected in the next major collection; no other looks after weak references. */
  function watchCollection(): void {
    registry.register({}, undefined)
  }

  watchCollection()
  const hasRoom = () => uncollected < limit
  return {
    made: () => made,
    hasRoom,
    take() {
      if (!hasRoom()) {
        const { meaning, hint } = describeFailure('too-many-connections')
        throw new LoremeshError('unavailable', meaning, hint)
      }
      made += 1
      uncollected += 1
    },
  }
}
