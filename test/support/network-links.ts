import type { PeerId } from '../../src/domain/identity/account.ts'
import type { PeerLink } from '../../src/ports/network.ts'

/** A direct link that this peer opened and that has carried nothing yet, unless `own` says otherwise. */
export function linkTo(peerId: PeerId, own: Partial<PeerLink> = {}): PeerLink {
  return {
    peerId,
    kind: 'webrtc',
    direction: 'outbound',
    remoteAddress: `/webrtc/p2p/${peerId}`,
    rttMs: 1,
    openedAtMs: 0,
    isServer: false,
    bytesIn: 0,
    bytesOut: 0,
    meshTopics: [],
    networkGroup: 'local',
    gossipScore: 0,
    usefulness: 0,
    keptFor: 'spare',
    ...own,
  }
}
