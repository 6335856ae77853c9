import { circuitRelayTransport } from '@libp2p/circuit-relay-v2'
import { webSockets } from '@libp2p/websockets'
import { afterEach, describe, expect, test } from 'vitest'
import type { CreateTransports } from '../../src/adapters/network-libp2p/transports.ts'
import type { PeerId } from '../../src/domain/identity/account.ts'
import type { NetworkState } from '../../src/ports/network.ts'
import { authority, testIdentity } from '../support/ledger.ts'
import { addressOf, createTestBed, isDialable, until } from '../support/libp2p-peers.ts'
import { testDescriptor } from '../support/test-contexts.ts'

const bed = createTestBed()
afterEach(() => bed.stopAll())

const withoutWebRtc: CreateTransports = () =>
  Promise.resolve({
    factories: [webSockets(), circuitRelayTransport()],
    defer: setImmediate,
    close: () => Promise.resolve(),
  })

const linkTo = (peerId: PeerId) => (state: NetworkState) => state.links.find((link) => link.peerId === peerId)

describe('links', () => {
  test('two peers behind a relay are linked directly over WebRTC', async () => {
    const relay = addressOf(await bed.startRelay())
    const anna = await bed.startPeer(testIdentity(1), relay)
    let onOpened: (peerId: PeerId) => void = () => undefined
    const opened = new Promise<PeerId>((resolve) => (onOpened = resolve))
    const ben = await bed.startPeer(testIdentity(2), relay, {
      onLinkOpened: (peerId) => {
        if (peerId !== authority.peerId) onOpened(peerId)
      },
    })
    const link = await anna.network.connect(ben.identity.peerId, [])
    expect(link).toMatchObject({ kind: 'webrtc', direction: 'outbound', isServer: false })
    expect(link.remoteAddress).toContain('/webrtc')
    expect(await opened).toBe(anna.identity.peerId)
    const state = await until(ben.network.state, ({ phase }) => phase === 'connected')
    expect(state.reason).toBe('')
    expect(linkTo(authority.peerId)(state)).toMatchObject({ kind: 'websocket', isServer: true })
  })

  test('the round trip of a link is known as soon as it is open', async () => {
    const relay = addressOf(await bed.startRelay())
    const anna = await bed.startPeer(testIdentity(1), relay)
    const ben = await bed.startPeer(testIdentity(2), relay)
    const openedAtMs = Date.now()
    await anna.network.connect(ben.identity.peerId, [])
    const { links } = await until(
      anna.network.state,
      (state) => state.links.length === 2 && state.links.every(({ rttMs }) => rttMs > 0),
    )
    expect(links.every(({ rttMs }) => rttMs < 1_000)).toBe(true)
    // libp2p itself would measure ten seconds after its start.
    expect(Date.now() - openedAtMs).toBeLessThan(5_000)
  })

  test('a peer without WebRTC is reached through the relay', async () => {
    const relay = addressOf(await bed.startRelay())
    const anna = await bed.startPeer(testIdentity(1), relay, {}, { dialTimeoutMs: 1_000 })
    const ben = await bed.startPeer(
      testIdentity(2),
      relay,
      {
        onSearch: (request) =>
          Promise.resolve([
            { descriptor: testDescriptor(testIdentity(2), 1), snippet: request.question, termCounts: [3] },
          ]),
      },
      { transports: withoutWebRtc },
    )
    const link = await anna.network.connect(ben.identity.peerId, [])
    expect(link.kind).toBe('relay')
    const hits = await anna.network.search(ben.identity.peerId, {
      question: 'why?',
      tags: [],
      vector: null,
      limit: 3,
    })
    expect(hits).toMatchObject([{ snippet: 'why?', termCounts: [3] }])
  })

  test('an unknown peer ends in a named error', async () => {
    const relay = addressOf(await bed.startRelay())
    const anna = await bed.startPeer(testIdentity(1), relay, {}, { dialTimeoutMs: 1_000 })
    await expect(anna.network.connect(testIdentity(9).peerId, ['nonsense'])).rejects.toMatchObject({
      name: 'LoremeshError',
      code: 'not-connected',
    })
  })

  test('the longest unused link makes room for a new one', async () => {
    const relay = addressOf(await bed.startRelay())
    const anna = await bed.startPeer(testIdentity(1), relay, {}, { limits: { maxDirectLinks: 1 } })
    const ben = await bed.startPeer(testIdentity(2), relay)
    const carl = await bed.startPeer(testIdentity(3), relay)
    await anna.network.connect(ben.identity.peerId, [])
    await anna.network.connect(carl.identity.peerId, [])
    const state = await until(anna.network.state, (now) => linkTo(carl.identity.peerId)(now) !== undefined)
    expect(linkTo(ben.identity.peerId)(state)).toBeUndefined()
  })

  test('a restarted relay is found again, and says meanwhile why nobody is connected', async () => {
    const relay = await bed.startRelay()
    const address = addressOf(relay)
    const anna = await bed.startPeer(testIdentity(1), address)
    await relay.stop()
    const offline = await until(anna.network.state, ({ phase }) => phase === 'offline')
    expect(offline.reason).toMatch(
      /^The relay at 127\.0\.0\.1 has been unreachable since \d\d:\d\d:\d\d UTC: .+\.$/,
    )
    await bed.startRelay(Number(/tcp\/(\d+)/.exec(address)?.[1]))
    const back = await until(anna.network.state, isDialable)
    expect(back.phase).toBe('relay-only')
    const ben = await bed.startPeer(testIdentity(2), address)
    expect((await ben.network.connect(anna.identity.peerId, [])).kind).toBe('webrtc')
  })

  test('goodbye is noticed at once', async () => {
    const relay = addressOf(await bed.startRelay())
    const anna = await bed.startPeer(testIdentity(1), relay)
    const ben = await bed.startPeer(testIdentity(2), relay)
    await anna.network.connect(ben.identity.peerId, [])
    await ben.network.stop()
    const state = await until(anna.network.state, (now) => linkTo(ben.identity.peerId)(now) === undefined)
    expect(state).toMatchObject({
      phase: 'relay-only',
      reason: 'The relay is connected, but no other peer yet.',
    })
  })
})
