import type { PeerLink } from '../../../peer/peer.ts'

/** What links are ordered by: how long they have stood, round trip, or bytes received or sent. */
export type LinkOrder = 'since' | 'rtt' | 'received' | 'sent'

/** Whether the small or the large comes first. */
export const orderDirections: Readonly<Record<LinkOrder, 'ascending' | 'descending'>> = {
  since: 'descending',
  rtt: 'ascending',
  received: 'descending',
  sent: 'descending',
}

/** Servers first, then the others: those linked longest, the nearest, or the busiest; equal ones by how long they have stood. */
export function sortLinks(links: readonly PeerLink[], order: LinkOrder): readonly PeerLink[] {
  return links.toSorted(
    (a, b) =>
      Number(b.isServer) - Number(a.isServer) ||
      rankOf(a, order) - rankOf(b, order) ||
      a.openedAtMs - b.openedAtMs,
  )
}

/** The smaller, the earlier; a finite number, so that differences can be told. */
function rankOf(link: PeerLink, order: LinkOrder): number {
  switch (order) {
    case 'since':
      return link.openedAtMs
    case 'rtt':
      return Number.isFinite(link.rttMs) ? link.rttMs : Number.MAX_VALUE
    case 'received':
      return -link.bytesIn
    case 'sent':
      return -link.bytesOut
  }
}
