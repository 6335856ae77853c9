import type { Connection } from '@libp2p/interface'
import { expect, it } from 'vitest'
import { closeSilentConnections } from '../../../../src/adapters/network-libp2p/silent-connections.ts'
import { createManualClock } from '../../../support/manual-clock.ts'
import { openPingedConnection } from './pinged-connection.ts'

it('closes the connections whose other end is silent, of whatever kind, and no others', async () => {
  const clock = createManualClock()
  const alive = openPingedConnection({ answers: true })
  const silent = openPingedConnection({ answers: false })
  const server = openPingedConnection({ answers: false, address: '/ip4/127.0.0.1/tcp/80/ws' })
  const connections = [alive, silent, server]
  const done = closeSilentConnections(
    { getConnections: () => connections as unknown as Connection[] },
    { clock, randomness: { bytes: (length) => new Uint8Array(length) } },
  )
  await clock.advance(5_000)
  await done
  expect(connections.map(({ pings, aborted }) => [pings, aborted])).toEqual([
    [1, 0],
    [1, 1],
    [1, 1],
  ])
})
