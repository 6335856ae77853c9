import { expect, it } from 'vitest'
import { collectSoon } from '../../src/adapters/network-libp2p/collect-soon.ts'
import { readPeerConnection } from '../../src/adapters/network-libp2p/connection-internals.ts'
import { gatherCandidate } from '../../src/adapters/network-libp2p/gather-candidate.ts'
import { createPeerConnections } from '../../src/adapters/network-libp2p/peer-connections.ts'
import { networkGroupOf } from '../../src/domain/network/network-group.ts'

/** Two connections of this page that lead to each other, with an open channel. */
async function connectPair() {
  const ends = [new RTCPeerConnection({ iceServers: [] }), new RTCPeerConnection({ iceServers: [] })] as const
  const [a, b] = ends
  a.addEventListener('icecandidate', ({ candidate }) => void b.addIceCandidate(candidate ?? undefined))
  b.addEventListener('icecandidate', ({ candidate }) => void a.addIceCandidate(candidate ?? undefined))
  const channel = a.createDataChannel('test')
  const received = new Promise<void>((resolve) => {
    b.addEventListener('datachannel', (event) => event.channel.addEventListener('message', () => resolve()))
  })
  const opened = new Promise((resolve) => channel.addEventListener('open', resolve))
  await a.setLocalDescription()
  await b.setRemoteDescription(a.localDescription ?? { type: 'offer' })
  await b.setLocalDescription()
  await a.setRemoteDescription(b.localDescription ?? { type: 'answer' })
  await opened
  return { a, b, channel, received }
}

it('the browser tells what a connection carried, and that it stays in the local network', async () => {
  const { a, b, channel, received } = await connectPair()
  channel.send(new Uint8Array(10_000))
  await received
  // A browser counts a moment after the message arrived.
  await expect.poll(async () => (await readPeerConnection(a)).bytesOut).toBeGreaterThan(10_000)
  await expect.poll(async () => (await readPeerConnection(b)).bytesIn).toBeGreaterThan(10_000)
  // Browsers tell an mDNS name, or nothing, in place of a local address.
  expect(['local', '']).toContain(networkGroupOf((await readPeerConnection(b)).remoteAddress))
  a.close()
  b.close()
})

it('the browser says when no server told an address', async () => {
  const createPeerConnection = (configuration: RTCConfiguration) => new RTCPeerConnection(configuration)
  const webRtc = { maxPeerConnections: 400, collectSoon, createPeerConnection }
  const { signal } = new AbortController()
  expect(await gatherCandidate(webRtc, { iceServers: [], type: 'srflx', signal })).toEqual({
    address: undefined,
    refusal: '',
  })
})

// Chromium refuses the 501st that is not collected as garbage, and waits with that for as long as it can.
it('more connections are made one after another than the browser bears at once', async () => {
  const peerConnections = createPeerConnections({ countOpen: () => 0, collectSoon }, { limit: 400 })
  while (peerConnections.made() < 520) {
    peerConnections.take()
    const peerConnection = new RTCPeerConnection({ iceServers: [] })
    peerConnection.createDataChannel('test')
    await peerConnection.setLocalDescription()
    peerConnection.close()
    // A page that never pauses collects nothing.
    await new Promise((resolve) => requestAnimationFrame(resolve))
  }
  expect(() => new RTCPeerConnection().close()).not.toThrow()
}, 60_000)
