import type { Connection } from '@libp2p/interface'
import { webRTC } from '@libp2p/webrtc'
import { getEventListeners } from 'node:events'
import { expect, it } from 'vitest'
import {
  readPeerConnection,
  releaseConnection,
} from '../../../../src/adapters/network-libp2p/connection-internals.ts'

function read(stats: readonly { readonly id: string; readonly [field: string]: unknown }[]) {
  const getStats = () => Promise.resolve(new Map(stats.map((stat) => [stat.id, stat])))
  return readPeerConnection({ getStats } as unknown as RTCPeerConnection)
}

const worked = { type: 'candidate-pair', state: 'succeeded', nominated: true }
const idle = { ...worked, id: 'idle', bytesSent: 0, bytesReceived: 60, remoteCandidateId: 'first' }
const busy = { ...worked, id: 'busy', bytesSent: 900, bytesReceived: 800, remoteCandidateId: 'second' }
const addresses = [
  { id: 'first', type: 'remote-candidate', address: '192.0.2.1' },
  { id: 'second', type: 'remote-candidate', address: '192.0.2.2' },
]

it('what a connection carried is the sum over all pairs that worked, however many were nominated', async () => {
  const failed = { id: 'failed', type: 'candidate-pair', state: 'failed', bytesSent: 5, bytesReceived: 5 }
  expect(await read([idle, failed, busy, ...addresses])).toMatchObject({ bytesIn: 860, bytesOut: 900 })
})

it('a connection leads to the address of the pair that its transport selected', async () => {
  const transport = { id: 'transport', type: 'transport', selectedCandidatePairId: 'busy' }
  expect(await read([transport, idle, busy, ...addresses])).toMatchObject({ remoteAddress: '192.0.2.2' })
})

it('a connection leads to the address of a nominated pair in a browser that tells of no transport', async () => {
  expect(await read([{ ...idle, nominated: false }, busy, ...addresses])).toMatchObject({
    remoteAddress: '192.0.2.2',
  })
})

it('a connection that nothing is known of yet has carried nothing, to nowhere', async () => {
  expect(await read([])).toEqual({ bytesIn: 0, bytesOut: 0, remoteAddress: '' })
})

/** What is used of libp2p's transport. It is not published. */
interface Transport {
  readonly shutdownController: AbortController
  _closeOnShutdown(peerConnection: EventTarget, carrier: object): void
}

it('the transport keeps nothing of a connection that was released', () => {
  const log = Object.assign(() => undefined, { error: () => undefined })
  const components = { logger: { forComponent: () => log } }
  const create = webRTC() as unknown as (parts: typeof components) => Transport
  const transport = create(components)
  const kept = () => getEventListeners(transport.shutdownController.signal, 'abort').length
  const peerConnection = new EventTarget()
  transport._closeOnShutdown(peerConnection, {})
  expect(kept()).toBe(1)
  releaseConnection({ maConn: { peerConnection } } as unknown as Connection)
  expect(kept()).toBe(0)
})
