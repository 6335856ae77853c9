import { formatMs } from '../../format.ts'
import type { PeerLink } from '../../../peer/peer.ts'

/** A link in a word, and what the word means. */
export interface LinkWords {
  readonly word: string
  readonly meaning: string
}

const kinds: Readonly<Record<PeerLink['kind'], LinkWords>> = {
  webrtc: { word: 'Direct', meaning: 'Directly over WebRTC' },
  relay: { word: 'Relayed', meaning: 'Through the relay, with limits' },
  websocket: { word: 'WebSocket', meaning: 'Over WebSocket' },
}

/** How a link runs, in words. */
export function describeLink(link: Pick<PeerLink, 'kind' | 'isServer'>): LinkWords {
  return link.isServer ? { word: 'Server', meaning: 'Relay, tracker or authority' } : kinds[link.kind]
}

/** A round trip in whole milliseconds, or "–" before it was measured. */
export function roundTripText(rttMs: number): string {
  return rttMs < 1 ? '<1 ms' : formatMs(rttMs < 1000 ? Math.round(rttMs) : rttMs)
}
