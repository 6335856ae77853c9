import type { AuthorityState, NetworkState, PeerLink, PeerStatus } from '../../src/peer/peer.ts'
import { samplePeerId } from './sample-peer-ids.ts'

function linkOf(
  n: number,
  link: Pick<PeerLink, 'kind' | 'direction' | 'rttMs'>,
  minutesAgo: number,
): PeerLink {
  const address =
    link.kind === 'webrtc'
      ? '/ip4/192.0.2.7/udp/50110/webrtc'
      : '/dns4/relay.example/tcp/443/tls/ws/p2p-circuit'
  return {
    ...link,
    peerId: samplePeerId(n),
    remoteAddress: `${address}/p2p/${samplePeerId(n)}`,
    openedAtMs: Date.now() - minutesAgo * 60_000,
    isServer: link.kind === 'websocket',
  }
}

export const sampleStatus: PeerStatus = {
  kind: 'connected',
  label: 'Connected, 4 peers (3 direct)',
  detail: 'Other peers are linked to this tab. Questions to the network are sent to some of them.',
}

/** Four authorities that all answer. */
export const sampleAuthorities: AuthorityState = {
  total: 4,
  needed: 3,
  answering: 4,
  silent: 0,
  tooFewSinceMs: undefined,
}

/** A server and four peers, one of them through the relay. */
export const sampleNetwork: NetworkState = {
  phase: 'connected',
  reason: '',
  links: [
    linkOf(9, { kind: 'websocket', direction: 'outbound', rttMs: 1.4 }, 47),
    linkOf(1, { kind: 'webrtc', direction: 'outbound', rttMs: 18.2 }, 46),
    linkOf(2, { kind: 'relay', direction: 'inbound', rttMs: NaN }, 2),
    linkOf(3, { kind: 'webrtc', direction: 'inbound', rttMs: 241 }, 31),
    linkOf(4, { kind: 'webrtc', direction: 'outbound', rttMs: 6.1 }, 12),
  ],
  addresses: [
    `/dns4/relay.example/tcp/443/tls/ws/p2p/${samplePeerId(9)}/p2p-circuit/webrtc/p2p/${samplePeerId(0)}`,
  ],
}
