import type { NetworkState, PeerLink } from '../../src/peer/peer.ts'
import { linkTo } from './network-links.ts'
import { sampleNetwork } from './sample-network.ts'
import { samplePeerId } from './sample-peer-ids.ts'

const reasons: readonly PeerLink['keptFor'][] = [
  'useful',
  'distinct-network',
  'anchor',
  'busy',
  'new',
  'spare',
]

/** A network with as many links as a peer has by default, 32, some of them in one network, and a long log. */
export function sampleCrowd(): NetworkState {
  const [server] = sampleNetwork.links
  const peers = Array.from({ length: 31 }, (_, n) => {
    const isRelayed = n % 8 === 5
    return linkTo(samplePeerId(n + 20), {
      kind: isRelayed ? 'relay' : 'webrtc',
      direction: n % 3 === 0 ? 'inbound' : 'outbound',
      rttMs: 3 * 1.2 ** n,
      openedAtMs: Date.now() - n * 400_000,
      bytesIn: 40_000 * (n % 7) ** 3,
      bytesOut: 90_000 * (n % 5) ** 2,
      meshTopics: n % 2 === 0 ? ['contexts', 'ledger', 'ledger/3', 'ledger/b'] : [],
      networkGroup: isRelayed ? '' : `203.${n % 9}`,
      keptFor: reasons[n % reasons.length] ?? 'spare',
    })
  })
  const log = Array.from({ length: 60 }, (_, n) => {
    const event = sampleNetwork.log[n % sampleNetwork.log.length]
    return event === undefined ? [] : [{ ...event, atMs: Date.now() - (60 - n) * 70_000 }]
  })
  return {
    ...sampleNetwork,
    links: server === undefined ? peers : [server, ...peers],
    dht: { role: 'server', size: 58, records: 1_204 },
    log: log.flat(),
  }
}
