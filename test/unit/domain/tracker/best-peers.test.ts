import fc from 'fast-check'
import { expect, it } from 'vitest'
import { selectBestPeers } from '../../../../src/domain/tracker/best-peers.ts'

const peers = fc
  .array(
    fc.record({
      reputation: fc.constantFrom(0.5, 0.9),
      latencyMs: fc.constantFrom(1, 20, NaN),
      uptimePercent: fc.integer({ min: 0, max: 2 }),
    }),
    { maxLength: 30 },
  )
  .map((list) => list.map((peer, index) => ({ ...peer, peerId: `peer ${index}` })))

it('selects the head of the whole order, whatever the order in which peers come', () => {
  fc.assert(
    fc.property(peers, fc.integer({ min: -1, max: 35 }), (list, count) => {
      const ordered = selectBestPeers(list, list.length)
      expect(new Set(ordered)).toEqual(new Set(list))
      expect(selectBestPeers([...list].reverse(), count)).toEqual(ordered.slice(0, Math.max(0, count)))
    }),
  )
})

it('never lists a peer before one of better reputation, or of equal reputation and known lower latency', () => {
  fc.assert(
    fc.property(peers, (list) => {
      const ordered = selectBestPeers(list, list.length)
      ordered.slice(1).forEach((peer, index) => {
        const before = ordered[index] ?? peer
        expect(before.reputation).toBeGreaterThanOrEqual(peer.reputation)
        if (before.reputation === peer.reputation && !Number.isNaN(peer.latencyMs)) {
          expect(before.latencyMs).toBeLessThanOrEqual(peer.latencyMs)
        }
      })
    }),
  )
})
