import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describe, expect, it } from 'vitest'
import { createPeerConnections } from '../../../../src/adapters/network-libp2p/peer-connections.ts'

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

describe('the WebRTC connections of a page', () => {
  it('are counted, and no more are made than the browser bears', () => {
    const peerConnections = createPeerConnections({ countOpen: () => 0 }, { limit: 3 })
    for (let n = 0; n < 3; n++) peerConnections.take()
    expect(peerConnections.made()).toBe(3)
    expect(peerConnections.hasRoom()).toBe(false)
    expect(() => peerConnections.take()).toThrow(
      expect.objectContaining({ name: 'LoremeshError', code: 'unavailable' }),
    )
    expect(peerConnections.made()).toBe(3)
  })

  it('count no longer once they are closed and collected, and those that are open do', async () => {
    const peerConnections = createPeerConnections({ countOpen: () => 2 }, { limit: 3 })
    for (let n = 0; n < 3; n++) peerConnections.take()
    while (!peerConnections.hasRoom()) {
      collectGarbage()
      await new Promise((resolve) => setImmediate(resolve))
    }
    peerConnections.take()
    expect(peerConnections.hasRoom()).toBe(false)
    expect(peerConnections.made()).toBe(4)
  })
})
