import type { PeerId } from '../src/domain/identity/account.ts'
import type { PeerSighting } from '../src/domain/tracker/announcement.ts'
import type { Tracker } from '../src/domain/tracker/tracker.ts'
import {
  encodeAnnounceReply,
  encodePeerListReply,
  encodeScrapeReply,
  parseTrackerRequest,
} from '../src/protocols/tracker.ts'

export interface TrackerServiceComponents {
  readonly tracker: Tracker
  readonly nowMs: () => number
  /** What the server itself knows of a connected peer. */
  readonly sightingOf: (peerId: PeerId) => PeerSighting
}

/**
 * Answers one request of `/loremesh/tracker/1.0.0`. Who announces is who the connection authenticated; how far away it
 * is, how long it was there and how far it is trusted is for the tracker to know. Throws what becomes the refusal.
 */
export function createTrackerService({ tracker, nowMs, sightingOf }: TrackerServiceComponents) {
  return (body: Uint8Array, from: PeerId): Uint8Array => {
    const request = parseTrackerRequest(body)
    switch (request.type) {
      case 'announce': {
        const announcement = { ...request, peerId: from, seen: sightingOf(from) }
        return encodeAnnounceReply(tracker.announce(announcement, nowMs()))
      }
      case 'scrape': {
        const { contextHash, numwant } = request
        return encodeScrapeReply(tracker.scrape(contextHash, numwant, nowMs()))
      }
      case 'peer-list':
        return encodePeerListReply(tracker.peerList(request.numwant, nowMs()))
    }
  }
}
