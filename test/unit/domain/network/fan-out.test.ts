import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  choosePeers,
  EXPLORED_PEERS,
  MAX_ASKED_PEERS,
  type Askable,
} from '../../../../src/domain/network/fan-out.ts'
import { samplePeerId } from '../../../support/sample-peer-ids.ts'

const known: readonly Askable[] = Array.from({ length: 50 }, (_, n) => ({ peerId: samplePeerId(n) }))
const peer = (n: number) => known[n] ?? { peerId: samplePeerId(n) }
const peers = (from: number, to: number) => known.slice(from, to)
const inOrder = { draw: (providers: readonly Askable[]) => providers, random: () => 0 }

describe('the peers that a question is sent to', () => {
  it('are one provider for each fitting context, the best first, and others', () => {
    const chosen = choosePeers(
      [
        [peer(3), peer(4)],
        [peer(3), peer(5)],
      ],
      peers(0, 4),
      inOrder,
    )
    expect(chosen.map(({ peerId }) => peerId)).toEqual([3, 5, 0, 1, 2].map(samplePeerId))
  })

  it('leave out who may not earn', () => {
    const none = { ...inOrder, draw: () => [] }
    expect(choosePeers([[peer(1)]], [], none)).toEqual([])
  })

  it('are partly such of which nobody knows whether they fit', () => {
    const announced = peers(0, 30).map((provider) => [provider])
    const chosen = choosePeers(announced, peers(30, 50), inOrder)
    expect(chosen).toHaveLength(MAX_ASKED_PEERS)
    expect(chosen.slice(-EXPLORED_PEERS)).toEqual(peers(30, 30 + EXPLORED_PEERS))
  })

  it('are asked once each, and never more than the limit', () => {
    const some = fc.array(fc.nat(40).map(peer), { maxLength: 60 })
    fc.assert(
      fc.property(fc.array(some, { maxLength: 30 }), some, (announced, listed) => {
        const reachable = [...new Map(listed.map((one) => [one.peerId, one])).values()]
        const chosen = choosePeers(announced, reachable, { ...inOrder, random: Math.random })
        expect(chosen.length).toBeLessThanOrEqual(MAX_ASKED_PEERS)
        expect(new Set(chosen.map(({ peerId }) => peerId)).size).toBe(chosen.length)
      }),
    )
  })
})
