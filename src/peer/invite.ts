import type { Identity } from '../domain/identity/identity.ts'
import { isListening, listenedAddresses, type SeenPeer } from '../domain/network/known-peers.ts'
import type { Network, NetworkState } from '../ports/network.ts'
import type { PeerInvitation } from './peer.ts'
import type { Rejoiner } from './rejoin.ts'

/** Peers that an invitation names at most. */
const MAX_NAMED = 6
/** Addresses of each: a second one may work where the first, of a home network, does not. */
const ADDRESSES_EACH = 2

/**
 * Creates what invites others: an invitation carries the network itself, its servers, and peers that listen, those that
 * are linked now before those that were.
 */
export function createInviter(components: {
  readonly identity: Pick<Identity, 'peerId'>
  readonly network: Pick<Network, 'addressesOf'>
  readonly networkState: () => NetworkState
  readonly rejoiner: Pick<Rejoiner, 'known'>
  readonly encodeInvitation: (peers: readonly SeenPeer[]) => string
}): () => Promise<PeerInvitation> {
  const { identity, network, networkState, rejoiner, encodeInvitation } = components

  async function linkedPeers(): Promise<readonly SeenPeer[]> {
    const linked = networkState().links.filter(({ isServer }) => !isServer)
    return Promise.all(
      linked.map(async ({ peerId }) => ({ peerId, addresses: await network.addressesOf(peerId) })),
    )
  }

  return async () => {
    const { addresses, links } = networkState()
    const live = [{ peerId: identity.peerId, addresses }, ...(await linkedPeers())]
    const named = new Map<string, SeenPeer>()
    for (const peer of [...live, ...rejoiner.known()].filter(isListening)) {
      if (named.has(peer.peerId)) continue
      const listened = listenedAddresses(peer.addresses).slice(0, ADDRESSES_EACH)
      named.set(peer.peerId, { peerId: peer.peerId, addresses: listened })
    }
    return {
      code: encodeInvitation([...named.values()].slice(0, MAX_NAMED)),
      serversLinked: links.filter(({ isServer }) => isServer).length,
      peersListening: live.filter(isListening).length,
    }
  }
}
