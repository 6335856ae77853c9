import { multiaddr } from '@multiformats/multiaddr'
import { describe, expect, it } from 'vitest'
import {
  linkKind,
  rankConnections,
  type Candidate,
} from '../../../../src/adapters/network-libp2p/connection-choice.ts'
import { ann, bob } from '../../../support/ledger.ts'

const [smaller, larger] = [ann.peerId, bob.peerId].sort()
if (smaller === undefined || larger === undefined) throw new Error('two peers are needed')

function candidate(address: string, part: Partial<Candidate> = {}): Candidate {
  return {
    remoteAddr: multiaddr(address),
    direction: 'outbound',
    status: 'open',
    timeline: { open: 0 },
    ...part,
  }
}
const webrtc = (part: Partial<Candidate> = {}) => candidate(`/webrtc/p2p/${larger}`, part)
const relayed = candidate(`/ip4/127.0.0.1/tcp/1/ws/p2p/${smaller}/p2p-circuit/p2p/${larger}`, { limits: {} })
const websocket = candidate(`/ip4/127.0.0.1/tcp/1/ws/p2p/${larger}`)

describe('the kind of a link', () => {
  it('follows from its address, and from its limits', () => {
    expect(linkKind(webrtc())).toBe('webrtc')
    expect(
      linkKind(candidate(`/ip4/127.0.0.1/tcp/1/ws/p2p/${smaller}/p2p-circuit/webrtc/p2p/${larger}`)),
    ).toBe('webrtc')
    expect(linkKind(relayed)).toBe('relay')
    expect(linkKind({ remoteAddr: relayed.remoteAddr })).toBe('relay')
    expect(linkKind(websocket)).toBe('websocket')
  })
})

describe('the connection to use', () => {
  it('is a direct one before a relayed one, and an open one', () => {
    const closed = webrtc({ status: 'closed' })
    const direct = webrtc()
    expect(rankConnections([relayed, closed, websocket, direct], { local: smaller, remote: larger })).toEqual(
      [direct, websocket, relayed],
    )
  })

  it('is the same one for both sides when both dialled at once', () => {
    const bySmaller = { direction: 'outbound', timeline: { open: 2 } } as const
    const byLarger = { direction: 'inbound', timeline: { open: 1 } } as const
    const atSmaller = rankConnections([webrtc(byLarger), webrtc(bySmaller)], {
      local: smaller,
      remote: larger,
    })
    expect(atSmaller[0]?.direction).toBe('outbound')
    const mirrored = [
      webrtc({ ...byLarger, direction: 'outbound' }),
      webrtc({ ...bySmaller, direction: 'inbound' }),
    ]
    expect(rankConnections(mirrored, { local: larger, remote: smaller })[0]?.direction).toBe('inbound')
  })

  it('is the newer one when its peer came back without a word, whoever dialled the older one', () => {
    const ends = { local: smaller, remote: larger }
    const lost = webrtc({ direction: 'outbound', timeline: { open: 1_000 } })
    const fresh = webrtc({ direction: 'inbound', timeline: { open: 9_000 } })
    expect(rankConnections([lost, fresh, relayed], ends)).toEqual([fresh, lost, relayed])
    expect(rankConnections([fresh, lost], { local: larger, remote: smaller })[0]).toBe(fresh)
    const over = webrtc({ ...fresh, status: 'closed' })
    expect(rankConnections([lost, over], ends)).toEqual([lost])
  })
})
