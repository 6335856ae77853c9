import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { hashText, type ContextHash } from '../../../../src/domain/content/context-hash.ts'
import {
  unknownPeer,
  type Announcement,
  type PeerSighting,
} from '../../../../src/domain/tracker/announcement.ts'
import { digestOfSet } from '../../../../src/domain/tracker/set-digest.ts'
import { createTracker, type Tracker, type TrackerOptions } from '../../../../src/domain/tracker/tracker.ts'

const hashes = Array.from({ length: 12 }, (_, index) => hashText(`context ${index}`))
const [first, second] = hashes as [ContextHash, ContextHash]
const settings = { announceTtlMs: 90_000, intervalMs: 30_000 }

function openTracker(options: Partial<TrackerOptions> = {}) {
  return createTracker<string>({ ...settings, ...options })
}

function fullAnnouncement(
  peerId: string,
  contexts: Iterable<ContextHash>,
  seen: Partial<PeerSighting> = {},
): Announcement<string> {
  const set = [...new Set(contexts)]
  return {
    peerId,
    addresses: [`/ip4/192.0.2.1/tcp/1/ws/p2p-circuit/webrtc/p2p/${peerId}`],
    reset: true,
    added: set.map((contextHash) => ({ contextHash, sizeBytes: 5120 })),
    removed: [],
    digest: digestOfSet(set),
    seen: { ...unknownPeer, ...seen },
  }
}

function heldBy(tracker: Tracker<string>, peerId: string, nowMs: number): ContextHash[] {
  return hashes.filter((contextHash) =>
    tracker.scrape(contextHash, 50, nowMs).peers.some((peer) => peer.peerId === peerId),
  )
}

describe('tracker', () => {
  it('lists the holder of a context with the announced size and its addresses', () => {
    const tracker = openTracker()
    const reply = tracker.announce(fullAnnouncement('alice', [first], { latencyMs: 12 }), 0)
    expect(reply).toEqual({ status: 'ok', intervalMs: 30_000, peersOnline: 1, contextsTotal: 1 })
    expect(tracker.scrape(first, 10, 1)).toEqual({
      peers: [
        {
          peerId: 'alice',
          addresses: ['/ip4/192.0.2.1/tcp/1/ws/p2p-circuit/webrtc/p2p/alice'],
          reputation: 0.5,
          uptimePercent: 100,
          latencyMs: 12,
          contextCount: 1,
          sizeBytes: 5120,
        },
      ],
      totalPeers: 1,
    })
    expect(tracker.scrape(second, 10, 1)).toEqual({ peers: [], totalPeers: 0 })
  })

  it('asks for the whole set when the digest says that a change got lost', () => {
    const tracker = openTracker()
    tracker.announce(fullAnnouncement('alice', [first]), 0)
    const change = { ...fullAnnouncement('alice', []), reset: false, digest: digestOfSet([first, second]) }
    expect(tracker.announce(change, 1).status).toBe('resync')
    expect(tracker.announce(fullAnnouncement('alice', [first, second]), 2).status).toBe('ok')
    expect(heldBy(tracker, 'alice', 3)).toEqual([first, second])
  })

  it('ends with the peer’s own set whatever changes are lost, repeated or reordered, once resynchronised', () => {
    const change = fc.record({
      index: fc.nat({ max: hashes.length - 1 }),
      present: fc.boolean(),
      fate: fc.constantFrom('deliver', 'lose', 'repeat', 'late'),
    })
    fc.assert(
      fc.property(fc.array(change, { maxLength: 40 }), (changes) => {
        const tracker = openTracker()
        const own = new Set<ContextHash>()
        const late: Announcement<string>[] = []
        let lastStatus = tracker.announce(fullAnnouncement('alice', own), 0).status
        for (const { index, present, fate } of changes) {
          const contextHash = hashes[index] ?? first
          if (present) own.add(contextHash)
          else own.delete(contextHash)
          const message: Announcement<string> = {
            ...fullAnnouncement('alice', []),
            reset: false,
            added: present ? [{ contextHash, sizeBytes: 10 }] : [],
            removed: present ? [] : [contextHash],
            digest: digestOfSet(own),
          }
          if (fate === 'late') late.push(message)
          if (fate === 'deliver' || fate === 'repeat') lastStatus = tracker.announce(message, 0).status
          if (fate === 'repeat') lastStatus = tracker.announce(message, 0).status
        }
        for (const message of late.reverse()) tracker.announce(message, 0)
        const heartbeat = { ...fullAnnouncement('alice', []), reset: false, digest: digestOfSet(own) }
        lastStatus = tracker.announce(heartbeat, 0).status
        if (lastStatus === 'resync') lastStatus = tracker.announce(fullAnnouncement('alice', own), 0).status
        expect(lastStatus).toBe('ok')
        expect(heldBy(tracker, 'alice', 0)).toEqual(hashes.filter((hash) => own.has(hash)))
        expect(tracker.counts(0).contextsTotal).toBe(own.size)
      }),
    )
  })

  it('forgets a peer and what only it held one millisecond after its time to live', () => {
    const tracker = openTracker()
    tracker.announce(fullAnnouncement('alice', [first, second]), 0)
    tracker.announce(fullAnnouncement('bob', [second]), 50_000)
    expect(tracker.counts(90_000)).toEqual({ peersOnline: 2, contextsTotal: 2 })
    expect(tracker.counts(90_001)).toEqual({ peersOnline: 1, contextsTotal: 1 })
    expect(tracker.scrape(second, 10, 90_001).peers.map((peer) => peer.peerId)).toEqual(['bob'])
  })

  it('counts exactly the peers that announced within their time to live, in any history', () => {
    const event = fc.record({
      peer: fc.constantFrom('a', 'b', 'c', 'd'),
      afterMs: fc.integer({ min: 0, max: 80_000 }),
      context: fc.nat({ max: hashes.length - 1 }),
    })
    fc.assert(
      fc.property(fc.array(event, { maxLength: 30 }), (events) => {
        const tracker = openTracker()
        const seen = new Map<string, { atMs: number; contextHash: ContextHash }>()
        let nowMs = 0
        for (const { peer, afterMs, context } of events) {
          nowMs += afterMs
          const contextHash = hashes[context] ?? first
          tracker.announce(fullAnnouncement(peer, [contextHash]), nowMs)
          seen.set(peer, { atMs: nowMs, contextHash })
        }
        const alive = [...seen.values()].filter(({ atMs }) => nowMs - atMs <= settings.announceTtlMs)
        expect(tracker.counts(nowMs)).toEqual({
          peersOnline: alive.length,
          contextsTotal: new Set(alive.map(({ contextHash }) => contextHash)).size,
        })
      }),
    )
  })

  it('lists better reputation first, then lower latency, then peers of unknown latency', () => {
    const tracker = openTracker()
    tracker.announce(fullAnnouncement('unknown', [first]), 0)
    tracker.announce(fullAnnouncement('slow', [first], { latencyMs: 80 }), 0)
    tracker.announce(fullAnnouncement('fast', [first], { latencyMs: 8 }), 0)
    tracker.announce(fullAnnouncement('trusted', [first], { latencyMs: 200, reputation: 0.9 }), 0)
    const order = ['trusted', 'fast', 'slow', 'unknown']
    expect(tracker.scrape(first, 10, 0).peers.map((peer) => peer.peerId)).toEqual(order)
    expect(tracker.peerList(10, 0).map((peer) => peer.peerId)).toEqual(order)
  })

  it('lists no more peers than asked for, but says how many there are', () => {
    const tracker = openTracker({ maxNumwant: 3 })
    for (const name of ['a', 'b', 'c', 'd', 'e']) tracker.announce(fullAnnouncement(name, [first]), 0)
    expect(tracker.scrape(first, 2, 0)).toMatchObject({ peers: { length: 2 }, totalPeers: 5 })
    expect(tracker.scrape(first, 1000, 0).peers).toHaveLength(3)
    expect(tracker.peerList(-1, 0)).toHaveLength(0)
  })

  it('leaves peers that share nothing out of the peer list, though they count as online', () => {
    const tracker = openTracker()
    tracker.announce(fullAnnouncement('reader', []), 0)
    expect(tracker.peerList(10, 0)).toEqual([])
    expect(tracker.counts(0).peersOnline).toBe(1)
  })

  it('forgets a peer that leaves at once', () => {
    const tracker = openTracker()
    tracker.announce(fullAnnouncement('alice', [first]), 0)
    tracker.leave('alice')
    expect(tracker.counts(0)).toEqual({ peersOnline: 0, contextsTotal: 0 })
  })

  it('refuses what exceeds its limits and stays unchanged', () => {
    const tracker = openTracker({ maxPeers: 2, maxContextsPerPeer: 3, maxHoldings: 4 })
    tracker.announce(fullAnnouncement('alice', hashes.slice(0, 3)), 0)
    expect(() => tracker.announce(fullAnnouncement('bob', hashes.slice(0, 4)), 0)).toThrow(
      'at most 3 contexts',
    )
    expect(() => tracker.announce(fullAnnouncement('bob', hashes.slice(0, 2)), 0)).toThrow('no more')
    tracker.announce(fullAnnouncement('bob', hashes.slice(0, 1)), 0)
    expect(() => tracker.announce(fullAnnouncement('carol', []), 0)).toThrow('2 peers already')
    const tooLarge = { ...fullAnnouncement('bob', []), added: [{ contextHash: first, sizeBytes: 65_537 }] }
    expect(() => tracker.announce(tooLarge, 0)).toThrow('65536 bytes')
    expect(tracker.counts(0)).toEqual({ peersOnline: 2, contextsTotal: 3 })
  })

  it('lets a full peer exchange contexts for others', () => {
    const tracker = openTracker({ maxContextsPerPeer: 1 })
    tracker.announce(fullAnnouncement('alice', [first]), 0)
    const exchange: Announcement<string> = {
      ...fullAnnouncement('alice', [second]),
      reset: false,
      removed: [first],
    }
    expect(tracker.announce(exchange, 1).status).toBe('ok')
    expect(heldBy(tracker, 'alice', 1)).toEqual([second])
  })

  describe('with a thousand Sybils of one network', () => {
    const there = { network: '203.0.113.0/24', latencyMs: 1 }
    const everybody = (tracker: Tracker<string>, numwant = 50) => ({
      listed: tracker.peerList(numwant, 0).map(({ peerId }) => peerId),
      holders: tracker.scrape(first, numwant, 0).peers.map(({ peerId }) => peerId),
    })

    function flood(tracker: Tracker<string>, count = 1_000): number {
      let refused = 0
      for (let n = 0; n < count; n++) {
        try {
          tracker.announce(fullAnnouncement(`sybil ${n}`, [first], there), n)
        } catch {
          refused++
        }
      }
      return refused
    }

    it('lists and finds honest peers of other networks, whoever came first', () => {
      for (const isLate of [false, true]) {
        const tracker = openTracker()
        if (isLate) flood(tracker)
        for (let n = 0; n < 20; n++) {
          const seen = { network: `198.51.${n}.0/24`, latencyMs: 90 }
          tracker.announce(fullAnnouncement(`honest ${n}`, n === 0 ? [first] : [second], seen), 1_000)
        }
        if (!isLate) flood(tracker)
        const { listed, holders } = everybody(tracker)
        expect(listed.filter((peerId) => peerId.startsWith('honest'))).toHaveLength(20)
        expect(holders).toContain('honest 0')
      }
    })

    it('lists and finds those of the same network that others have paid, and those that were there before', () => {
      const tracker = openTracker()
      tracker.announce(fullAnnouncement('early', [first], { ...there, latencyMs: 90 }), 0)
      flood(tracker)
      const paid = { ...there, latencyMs: 90, isEstablished: true }
      for (let n = 0; n < 20; n++) tracker.announce(fullAnnouncement(`paid ${n}`, [first], paid), 2_000)
      const { listed, holders } = everybody(tracker)
      for (const found of [listed, holders]) {
        expect(found).toContain('early')
        expect(found.filter((peerId) => peerId.startsWith('paid'))).toHaveLength(20)
      }
    })

    it('takes honest peers of other networks though it is full, and no more Sybils', () => {
      const tracker = openTracker({ maxPeers: 100 })
      tracker.announce(fullAnnouncement('early', [second], { ...there, isEstablished: true }), 0)
      expect(flood(tracker)).toBe(901)
      for (let n = 0; n < 40; n++) {
        tracker.announce(fullAnnouncement(`honest ${n}`, [second], { network: `198.51.${n}.0/24` }), 2_000)
      }
      const { listed } = everybody(tracker, 100)
      expect(tracker.counts(2_000).peersOnline).toBe(100)
      expect(listed).toContain('early')
      expect(listed.filter((peerId) => peerId.startsWith('honest')).length).toBeGreaterThanOrEqual(37)
    })

    it('takes what honest peers hold though Sybils have filled it with theirs', () => {
      const tracker = openTracker({ maxHoldings: 20 })
      for (let n = 0; n < 3; n++)
        tracker.announce(fullAnnouncement(`sybil ${n}`, hashes.slice(2, 8), there), n)
      tracker.announce(fullAnnouncement('honest', [first, second, ...hashes.slice(8)], {}), 10)
      expect(heldBy(tracker, 'honest', 10)).toHaveLength(6)
      expect(tracker.counts(10).peersOnline).toBe(3)
    })
  })
})
