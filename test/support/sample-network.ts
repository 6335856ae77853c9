import { startingNetwork } from '../../src/peer/starting-network.ts'
import type {
  AuthorityState,
  NetworkState,
  PeerInvitation,
  PeerLink,
  PeerProfile,
  PeerStatus,
  SelfTestResult,
} from '../../src/peer/peer.ts'
import { linkTo } from './network-links.ts'
import type { PeerId } from '../../src/domain/identity/account.ts'
import { samplePeerId } from './sample-peer-ids.ts'

function minutesBefore(minutes: number): number {
  return Date.now() - minutes * 60_000
}

function linkOf(
  n: number,
  link: Pick<PeerLink, 'kind' | 'direction' | 'rttMs'> & Partial<PeerLink>,
  minutesAgo: number,
): PeerLink {
  const address =
    link.kind === 'webrtc'
      ? '/ip4/192.0.2.7/udp/50110/webrtc'
      : '/dns4/relay.example/tcp/443/tls/ws/p2p-circuit'
  return linkTo(samplePeerId(n), {
    remoteAddress: `${address}/p2p/${samplePeerId(n)}`,
    openedAtMs: minutesBefore(minutesAgo),
    isServer: link.kind === 'websocket',
    ...link,
  })
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
  ...startingNetwork,
  phase: 'connected',
  links: [
    linkOf(
      9,
      {
        kind: 'websocket',
        direction: 'outbound',
        rttMs: 1.4,
        bytesIn: 1_840_112,
        bytesOut: 260_344,
        meshTopics: ['ledger', 'proofs', 'checkpoints'],
        usefulness: 1,
        keptFor: 'server',
      },
      47,
    ),
    linkOf(
      1,
      {
        kind: 'webrtc',
        direction: 'outbound',
        rttMs: 18.2,
        bytesIn: 9_310_002,
        bytesOut: 2_120_871,
        meshTopics: ['contexts', 'ledger'],
        networkGroup: '192.0',
        usefulness: 0.82,
        keptFor: 'anchor',
      },
      46,
    ),
    linkOf(
      2,
      { kind: 'relay', direction: 'inbound', rttMs: NaN, bytesIn: 4_096, networkGroup: '', keptFor: 'new' },
      2,
    ),
    linkOf(
      3,
      {
        kind: 'webrtc',
        direction: 'inbound',
        rttMs: 241,
        bytesIn: 88_420,
        bytesOut: 1_204_550,
        meshTopics: ['contexts'],
        networkGroup: '198.51',
        usefulness: 0.47,
        keptFor: 'distinct-network',
        gossipScore: -1,
      },
      31,
    ),
    linkOf(
      4,
      {
        kind: 'webrtc',
        direction: 'outbound',
        rttMs: 6.1,
        bytesIn: 220_140,
        bytesOut: 190_220,
        meshTopics: ['contexts', 'ledger', 'proofs'],
        usefulness: 0.55,
        keptFor: 'useful',
      },
      12,
    ),
  ],
  addresses: [
    `/dns4/relay.example/tcp/443/tls/ws/p2p/${samplePeerId(9)}/p2p-circuit/webrtc/p2p/${samplePeerId(0)}`,
  ],
  relays: [
    {
      peerId: samplePeerId(9),
      address: `/dns4/relay.example/tcp/443/tls/ws/p2p/${samplePeerId(9)}`,
      isServer: true,
      status: 'reserved',
      unreachableSinceMs: undefined,
      lastFailure: '',
    },
    {
      peerId: samplePeerId(8),
      address: `/dns4/spare.example/tcp/443/tls/ws/p2p/${samplePeerId(8)}`,
      isServer: true,
      status: 'unreachable',
      unreachableSinceMs: minutesBefore(9),
      lastFailure: 'Dialling it took too long',
    },
    {
      peerId: samplePeerId(1),
      address: `/p2p/${samplePeerId(1)}`,
      isServer: false,
      status: 'reserved',
      unreachableSinceMs: undefined,
      lastFailure: '',
    },
  ],
  dht: { role: 'client', size: 18, records: 0 },
  reservationsGiven: 2,
  peerConnectionsMade: 9,
  log: [
    {
      atMs: minutesBefore(47),
      kind: 'relay',
      peerId: samplePeerId(9),
      failure: null,
      message: 'The relay leads others here.',
    },
    {
      atMs: minutesBefore(46),
      kind: 'peer',
      peerId: samplePeerId(1),
      failure: null,
      message: 'Linked directly.',
    },
    {
      atMs: minutesBefore(9),
      kind: 'relay',
      peerId: samplePeerId(8),
      failure: 'websocket',
      message: 'The connection to the server did not open.',
    },
    {
      atMs: minutesBefore(2),
      kind: 'peer',
      peerId: samplePeerId(2),
      failure: 'ice',
      message: 'No pair of addresses let packets through.',
    },
  ],
}

/** A self-test behind a firewall that lets nothing but WebSockets through. */
export const sampleSelfTest: readonly SelfTestResult[] = [
  {
    step: 'websocket',
    outcome: 'passed',
    ms: 14,
    failure: null,
    detail: 'The server answers after 12 ms.',
    hint: '',
  },
  {
    step: 'reservation',
    outcome: 'passed',
    ms: 38,
    failure: null,
    detail: '2 relays and peers lead others here.',
    hint: '',
  },
  {
    step: 'stun',
    outcome: 'failed',
    ms: 5_000,
    failure: 'stun',
    detail: 'No STUN server told the public address of this peer.',
    hint: 'Your network may block UDP. Direct links then work only within it, or through TURN.',
  },
  {
    step: 'turn',
    outcome: 'skipped',
    ms: 0,
    failure: null,
    detail: 'The network names no TURN server.',
    hint: '',
  },
  {
    step: 'data-channel',
    outcome: 'failed',
    ms: 8_004,
    failure: 'ice',
    detail: 'Dialling 3GvHs9 failed: No pair of addresses let packets through.',
    hint: 'A firewall or a strict NAT lies between you: a TURN server would help.',
  },
]

/** An invitation of the length that one has with four authorities. */
export const sampleInvitation: PeerInvitation = {
  code: 'gAEC'.repeat(220),
  serversLinked: 1,
  peersListening: 0,
}

const sampleProfiles = new Map<PeerId, PeerProfile>([
  [samplePeerId(1), { reputation: 0.93, contextsAnnounced: 1_284 }],
  [samplePeerId(3), { reputation: 0, contextsAnnounced: 17 }],
  [samplePeerId(4), { reputation: 0.61, contextsAnnounced: 240 }],
])

/** What is known of the sample's peers; of the others nothing. */
export function sampleProfileOf(peerId: PeerId): PeerProfile {
  return sampleProfiles.get(peerId) ?? { reputation: undefined, contextsAnnounced: 0 }
}
