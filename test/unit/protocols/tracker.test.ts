import { describe, expect, it } from 'vitest'
import { encodeCbor, type CborValue } from '../../../src/domain/kernel/cbor.ts'
import { digestOfSet } from '../../../src/domain/tracker/set-digest.ts'
import type { Holder, SwarmPeer } from '../../../src/domain/tracker/tracker.ts'
import {
  encodeAnnounceReply,
  encodePeerListReply,
  encodeScrapeReply,
  encodeTrackerRequest,
  MAX_ANNOUNCED_CHANGES,
  MAX_TRACKER_REQUEST_BYTES,
  parseAnnounceReply,
  parsePeerListReply,
  parseScrapeReply,
  parseTrackerRequest,
  type TrackerRequest,
} from '../../../src/protocols/tracker.ts'
import { ann, bob, expectRefusal } from '../../support/ledger.ts'
import { testHash } from '../../support/test-contexts.ts'

const address = `/dns4/relay.example/tcp/443/tls/ws/p2p/${bob.peerId}/p2p-circuit/webrtc/p2p/${ann.peerId}`
const peer: SwarmPeer = {
  peerId: ann.peerId,
  addresses: [address],
  reputation: 0.98,
  uptimePercent: 99.5,
  latencyMs: 12,
  contextCount: 3,
}
const holder: Holder = { ...peer, sizeBytes: 4_096 }

describe('tracker messages', () => {
  it.each<TrackerRequest>([
    {
      type: 'announce',
      reset: true,
      added: [{ contextHash: testHash(1), sizeBytes: 65_536 }],
      removed: [testHash(2)],
      digest: digestOfSet([testHash(1)]),
      addresses: [address],
    },
    { type: 'scrape', contextHash: testHash(3), numwant: 50 },
    { type: 'peer-list', numwant: 1 },
  ])('of type $type come out as they went in', (request) => {
    expect(parseTrackerRequest(encodeTrackerRequest(request))).toEqual(request)
  })

  it('hold as many changes as they may carry', () => {
    const added = Array.from({ length: MAX_ANNOUNCED_CHANGES }, (_, n) => ({
      contextHash: testHash(n),
      sizeBytes: 65_536,
    }))
    const removed = added.map(({ contextHash }) => contextHash)
    const full: TrackerRequest = {
      type: 'announce',
      reset: false,
      added,
      removed,
      digest: digestOfSet([]),
      addresses: Array.from({ length: 8 }, () => 'a'.repeat(300)),
    }
    const body = encodeTrackerRequest(full)
    expect(body.length).toBeLessThanOrEqual(MAX_TRACKER_REQUEST_BYTES)
    expect(parseTrackerRequest(body)).toEqual(full)
  })

  it('answer as they were asked', () => {
    const counts = { peersOnline: 127, contextsTotal: 4_567, intervalMs: 30_000 }
    for (const status of ['ok', 'resync'] as const) {
      expect(parseAnnounceReply(encodeAnnounceReply({ status, ...counts }))).toEqual({ status, ...counts })
    }
    const unknown = { ...holder, latencyMs: Number.NaN }
    const scraped = { totalPeers: 3, peers: [holder, unknown] }
    expect(parseScrapeReply(encodeScrapeReply(scraped))).toEqual(scraped)
    expect(parsePeerListReply(encodePeerListReply([peer]))).toEqual([peer])
  })

  const digest = new Uint8Array(32)
  it.each<[string, CborValue]>([
    ['an unknown type', [9]],
    ['a size of 0', [1, true, [[digest, 0]], [], digest, []]],
    ['a context too large', [1, true, [[digest, 65_537]], [], digest, []]],
    ['a short digest', [1, true, [], [], new Uint8Array(31), []]],
    ['too many addresses', [1, true, [], [], digest, Array.from({ length: 9 }, () => address)]],
    ['numwant 0', [3, 0]],
    ['numwant above 50', [2, digest, 51]],
  ])('with %s are refused', (_, value) => {
    expectRefusal(() => parseTrackerRequest(encodeCbor(value)), 'bad-encoding')
  })

  it('of a tracker that claims the impossible are refused', () => {
    expectRefusal(() => parseAnnounceReply(encodeCbor([false, 1, 1, 1])), 'bad-encoding')
    expectRefusal(() => parsePeerListReply(encodeCbor([[digest, [], 1.5, 1, 1, 1]])), 'bad-encoding')
  })
})
