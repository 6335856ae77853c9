import type { Connection } from '@libp2p/interface'
import { expect, it } from 'vitest'
import { watchDepartures } from '../../../../src/adapters/network-libp2p/departed-peers.ts'
import { createManualClock } from '../../../support/manual-clock.ts'
import { openPingedConnection } from './pinged-connection.ts'

function watch(connections: readonly ReturnType<typeof openPingedConnection>[]) {
  const clock = createManualClock()
  const events = new EventTarget()
  const node = Object.assign(events, { getConnections: () => connections as unknown as Connection[] })
  const stop = watchDepartures({
    node: node as unknown as Parameters<typeof watchDepartures>[0]['node'],
    clock,
    randomness: { bytes: (length) => new Uint8Array(length) },
  })
  const open = (connection: ReturnType<typeof openPingedConnection>) =>
    events.dispatchEvent(new CustomEvent('connection:open', { detail: connection }))
  return { clock, stop, open }
}

it('closes the connection to a peer that took its gossip away and answers no more, within five seconds', async () => {
  const gone = openPingedConnection({ answers: false })
  const { clock, stop } = watch([gone])
  await clock.advance(1_000)
  gone.streams = []
  await clock.advance(4_500)
  stop()
  expect(gone).toMatchObject({ aborted: 1, pings: 1 })
})

it('keeps one that answers, and asks it once only', async () => {
  const alive = openPingedConnection({ answers: true })
  const { clock, stop } = watch([alive])
  await clock.advance(1_000)
  alive.streams = []
  await clock.advance(20_000)
  stop()
  expect(alive).toMatchObject({ aborted: 0, pings: 1 })
})

it('closes within six seconds that of a peer that left before it gossiped', async () => {
  const gone = openPingedConnection({ answers: false })
  gone.streams = []
  const { clock, stop } = watch([gone])
  await clock.advance(1_000)
  await clock.advance(4_500)
  stop()
  expect(gone).toMatchObject({ aborted: 1, pings: 1 })
})

it('keeps one that never gossips but answers, and asks it once only', async () => {
  const silent = openPingedConnection({ answers: true })
  silent.streams = []
  const { clock, stop } = watch([silent])
  await clock.advance(1_000)
  await clock.advance(20_000)
  stop()
  expect(silent).toMatchObject({ aborted: 0, pings: 1 })
})

it('asks nobody who gossips still, or is linked in another way', async () => {
  const gossiping = openPingedConnection({ answers: false })
  const server = openPingedConnection({ answers: false, address: '/ip4/127.0.0.1/tcp/80/ws' })
  const { clock, stop } = watch([gossiping, server])
  await clock.advance(1_000)
  server.streams = []
  await clock.advance(5_000)
  stop()
  for (const { pings } of [gossiping, server]) expect(pings).toBe(0)
})

it('closes the connection of a peer that opened another one, if no answer comes on the first within a second', async () => {
  for (const answers of [false, true]) {
    const first = openPingedConnection({ answers })
    const connections = [first]
    const { clock, stop, open } = watch(connections)
    await clock.advance(1_000)
    const second = openPingedConnection({ answers: true, openMs: 8_000 })
    connections.push(second)
    open(second)
    await clock.advance(1_000)
    const soon = first.aborted
    await clock.advance(10_000)
    stop()
    expect([soon, first.aborted]).toEqual(answers ? [0, 0] : [1, 1])
    expect([first.pings, second.pings]).toEqual([1, 0])
  }
})

it('closes the connection to a peer that the browser hears nothing of, if no answer comes', async () => {
  const crashed = openPingedConnection({ answers: false })
  const slow = openPingedConnection({ answers: true })
  const { clock, stop } = watch([crashed, slow])
  await clock.advance(1_000)
  for (const { maConn } of [crashed, slow]) maConn.peerConnection.connectionState = 'disconnected'
  await clock.advance(4_500)
  stop()
  expect(crashed).toMatchObject({ aborted: 1, pings: 1 })
  expect(slow).toMatchObject({ aborted: 0, pings: 1 })
})
