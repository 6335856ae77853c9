import type { PeerId } from '../../../domain/identity/account.ts'
import type { NetworkState, PeerStatus } from '../../../peer/peer.ts'

/** What helps to find out why a peer is not connected, as JSON text. Holds no question and no document. */
export function networkDiagnostics(peerId: PeerId, status: PeerStatus, network: NetworkState): string {
  const links = network.links.map((link) => ({
    ...link,
    rttMs: Number.isFinite(link.rttMs) ? link.rttMs : null,
    openedAt: new Date(link.openedAtMs).toISOString(),
  }))
  return JSON.stringify({ peerId, status, ...network, links }, null, 2)
}
