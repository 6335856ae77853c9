import type { KnownPeers } from '../../ports/known-peers.ts'
import type { ContentDatabase } from './schema.ts'
import { withStorageErrors } from './storage-errors.ts'

/** Known peers of a network over an open database. */
export function createIndexedDbKnownPeers({ knownPeers }: ContentDatabase, network: string): KnownPeers {
  return {
    load: () => withStorageErrors(async () => (await knownPeers.get(network))?.peers ?? []),
    save: (peers) =>
      withStorageErrors(async () => {
        await knownPeers.put({ network, peers })
      }),
  }
}
