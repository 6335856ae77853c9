import { shortPeerId } from '../../../domain/identity/account.ts'
import { formatBytes, formatCount, formatMs, formatReputation } from '../../format.ts'
import type { PeerLink, PeerProfile } from '../../../peer/peer.ts'

/** Something in a word or two, and what it means. */
export interface Words {
  readonly word: string
  readonly meaning: string
}

const kinds: Readonly<Record<PeerLink['kind'], Words>> = {
  webrtc: { word: 'Direct', meaning: 'Directly over WebRTC' },
  relay: { word: 'Relayed', meaning: 'Through the relay, with limits' },
  websocket: { word: 'WebSocket', meaning: 'Over WebSocket' },
}

const reasons: Readonly<Record<PeerLink['keptFor'], Words>> = {
  server: { word: 'Server', meaning: 'it leads to the server' },
  busy: { word: 'Busy', meaning: 'it carries a request, or did so a moment ago' },
  anchor: { word: 'Anchor', meaning: 'this peer chose it itself and has long known it' },
  introducer: { word: 'Introducer', meaning: 'it introduces others to this peer' },
  'distinct-network': { word: 'Other network', meaning: 'it is the best link into its network' },
  useful: { word: 'Useful', meaning: 'it carried more than most' },
  new: { word: 'New', meaning: 'it is too young to be judged' },
  spare: { word: 'Spare', meaning: 'there is room; it is the first to go' },
}

/** How a link runs, in words. */
export function describeLink(link: Pick<PeerLink, 'kind' | 'isServer'>): Words {
  return link.isServer ? { word: 'Server', meaning: 'Relay, tracker or authority' } : kinds[link.kind]
}

/** What speaks for keeping a link, in words; the meaning follows "because". */
export function describeKeeping({ keptFor }: Pick<PeerLink, 'keptFor'>): Words {
  return reasons[keptFor]
}

/** A round trip in whole milliseconds, or "–" before it was measured. */
export function roundTripText(rttMs: number): string {
  return rttMs < 1 ? '<1 ms' : formatMs(rttMs < 1000 ? Math.round(rttMs) : rttMs)
}

/** A peer's reputation, in a word and in a sentence. Servers have none. */
export function describeReputation(
  { isServer }: Pick<PeerLink, 'isServer'>,
  { reputation }: Pick<PeerProfile, 'reputation'>,
): Words {
  if (isServer) return { word: '–', meaning: 'Servers have none' }
  if (reputation === undefined) return { word: 'New', meaning: 'None proven yet: it counts as a newcomer' }
  const word = formatReputation(reputation)
  return reputation === 0
    ? { word, meaning: 'None: it was caught with a false claim' }
    : { word, meaning: `${word} of 1, proven by a checkpoint` }
}

/** How many contexts a peer shares, as far as known. */
export function announcedText(
  { isServer }: Pick<PeerLink, 'isServer'>,
  { contextsAnnounced }: Pick<PeerProfile, 'contextsAnnounced'>,
): string {
  return isServer && contextsAnnounced === 0 ? '–' : formatCount(contextsAnnounced)
}

/** The peers' network, in words. */
export function describeGroup({ networkGroup }: Pick<PeerLink, 'networkGroup'>): string {
  switch (networkGroup) {
    case '':
      return 'Not known'
    case 'local':
      return 'This device or its local network'
    default:
      return networkGroup.includes(':') ? `${networkGroup} (IPv6 /32)` : `${networkGroup} (IPv4 /16)`
  }
}

/** What the peer passes on to this one and back, in words; the shards of the ledger are only counted. */
export function describeGossip({ meshTopics }: Pick<PeerLink, 'meshTopics'>): string {
  const subjects: string[] = meshTopics.filter((topic) => !topic.includes('/'))
  const shards = meshTopics.length - subjects.length
  if (shards > 0) subjects.push(shards === 1 ? 'a shard of the ledger' : `${shards} shards of the ledger`)
  return subjects.length === 0 ? 'In no mesh' : `In the mesh of ${subjects.join(', ')}`
}

/** A link in a sentence, for those who do not see the picture. */
export function linkSummary(link: PeerLink): string {
  const parts = [
    shortPeerId(link.peerId),
    describeLink(link).word.toLowerCase(),
    Number.isNaN(link.rttMs) ? 'round trip not measured' : roundTripText(link.rttMs),
    `${formatBytes(link.bytesIn)} received`,
    `${formatBytes(link.bytesOut)} sent`,
  ]
  if (link.meshTopics.length > 0) parts.push('gossips')
  return parts.join(', ')
}
