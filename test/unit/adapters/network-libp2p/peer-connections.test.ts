import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describe, expect, it } from 'vitest'
import { createPeerConnections } from '../../../../src/adapters/network-libp2p/peer-connections.ts'

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

describe('the WebRTC connections of a page', () => {
  it('are counted, and no more are made than the browser bears', () => {
    let hurried = 0
    const parts = { countOpen: () => 0, collectSoon: () => (hurried += 1) }
    const peerConnections = createPeerConnections(parts, { limit: 8 })
    for (let n = 0; n < 2; n++) peerConnections.take()
    expect(hurried).toBe(0)
    for (let n = 0; n < 6; n++) peerConnections.take()
    expect(hurried).toBe(6)
    expect(peerConnections.hasRoom()).toBe(false)
    expect(() => peerConnections.take()).toThrow(
      expect.objectContaining({ name: 'LoremeshError', code: 'unavailable' }),
    )
    expect(peerConnections.made()).toBe(8)
  })

  it('count no longer after two collections, and those that are open do', async () => {
    const parts = { countOpen: () => 2, collectSoon: collectGarbage }
    const peerConnections = createPeerConnections(parts, { limit: 3 })
    for (let n = 0; n < 3; n++) peerConnections.take()
    while (!peerConnections.hasRoom()) await new Promise((resolve) => setImmediate(resolve))
    peerConnections.take()
    expect(peerConnections.hasRoom()).toBe(false)
    expect(peerConnections.made()).toBe(4)
  })
})
