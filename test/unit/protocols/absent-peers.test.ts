import type { CircuitRelayService } from '@libp2p/circuit-relay-v2'
import type { Libp2p, PeerId } from '@libp2p/interface'
import { peerIdFromString } from '@libp2p/peer-id'
import { describe, expect, it } from 'vitest'
import { forgetAbsentPeers } from '../../../src/protocols/absent-peers.ts'
import { samplePeerId } from '../../support/sample-peer-ids.ts'

/** A node as far as its peers go, with a peer store that has all of these, and places at its relay for some. */
function open({ capacity = 2, places = [] as readonly number[] } = {}) {
  const linked = new Set<string>()
  const stored = new Map<string, Map<string, unknown>>(
    Array.from({ length: 9 }, (_, n) => [samplePeerId(n), new Map()]),
  )
  const ended: string[] = []
  const reservations = new Map<string, { readonly signal: { clear(): void } }>(
    places.map((n) => [samplePeerId(n), { signal: { clear: () => void ended.push(samplePeerId(n)) } }]),
  )
  const relay = {
    reservations: {
      get: (peerId: PeerId) => reservations.get(peerId.toString()),
      delete: (peerId: PeerId) => reservations.delete(peerId.toString()),
    },
  } as unknown as CircuitRelayService
  const node = Object.assign(new EventTarget(), {
    getConnections: (peerId: PeerId) => (linked.has(peerId.toString()) ? [{}] : []),
    peerStore: {
      get: (peerId: PeerId) => Promise.resolve({ tags: stored.get(peerId.toString()) }),
      delete: (peerId: PeerId) => Promise.resolve(void stored.delete(peerId.toString())),
    },
  })
  const tell = (name: string, detail: unknown) => node.dispatchEvent(new CustomEvent(name, { detail }))
  const stop = forgetAbsentPeers({ node: node as unknown as Libp2p, relay }, { capacity: () => capacity })
  return {
    stop,
    reservations,
    ended,
    link: (n: number) => linked.add(samplePeerId(n)),
    tag: (n: number) => stored.get(samplePeerId(n))?.set('a purpose', {}),
    leave(n: number) {
      linked.delete(samplePeerId(n))
      tell('peer:disconnect', peerIdFromString(samplePeerId(n)))
    },
    update: (n: number) => tell('peer:update', { peer: { id: peerIdFromString(samplePeerId(n)) } }),
    /** Which of the peers are kept, once what was begun is done. */
    async kept(): Promise<number[]> {
      await new Promise((resolve) => setTimeout(resolve, 0))
      return [...Array(9).keys()].filter((n) => stored.has(samplePeerId(n)))
    },
  }
}

describe('of peers that have gone', () => {
  it('those are forgotten that were not heard of for longest', async () => {
    const peers = open()
    for (const n of [1, 2, 3]) peers.leave(n)
    expect(await peers.kept()).toEqual([0, 2, 3, 4, 5, 6, 7, 8])
    peers.update(2)
    peers.update(4)
    expect(await peers.kept()).toEqual([0, 2, 4, 5, 6, 7, 8])
  })

  it('none is forgotten that is linked again, or tagged for some purpose', async () => {
    const peers = open({ capacity: 0 })
    peers.link(1)
    peers.update(1)
    peers.tag(2)
    peers.leave(2)
    peers.leave(3)
    expect(await peers.kept()).toEqual([0, 1, 2, 4, 5, 6, 7, 8])
  })

  it('each loses its place at the relay at once, and its time there ends', () => {
    const peers = open({ places: [1, 2] })
    peers.leave(1)
    peers.leave(3)
    expect([...peers.reservations.keys()]).toEqual([samplePeerId(2)])
    expect(peers.ended).toEqual([samplePeerId(1)])
  })

  it('nothing is forgotten any more after the end', async () => {
    const peers = open({ capacity: 0 })
    peers.stop()
    peers.leave(1)
    peers.update(2)
    expect(await peers.kept()).toHaveLength(9)
  })
})
