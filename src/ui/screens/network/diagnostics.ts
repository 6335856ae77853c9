import type { PeerId } from '../../../domain/identity/account.ts'
import type { AuthorityState, NetworkState, PeerStatus } from '../../../peer/peer.ts'

/** What helps to find out why a peer is not connected, as JSON text. Holds no question and no document. */
export function networkDiagnostics(
  peerId: PeerId,
  status: PeerStatus,
  network: NetworkState,
  { tooFewSinceMs, ...authorities }: AuthorityState,
): string {
  const links = network.links.map((link) => ({
    ...link,
    rttMs: Number.isFinite(link.rttMs) ? link.rttMs : null,
    openedAt: new Date(link.openedAtMs).toISOString(),
  }))
  const tooFewSince = tooFewSinceMs === undefined ? null : new Date(tooFewSinceMs).toISOString()
  return JSON.stringify(
    { peerId, status, ...network, links, authorities: { ...authorities, tooFewSince } },
    null,
    2,
  )
}
