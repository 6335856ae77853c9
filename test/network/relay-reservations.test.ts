import { afterEach, expect, test } from 'vitest'
import { measureRelay, smallRelaySizes } from '../../bench/network/relay.ts'
import { startRelay } from '../../signaling/relay.ts'
import { authority, testIdentity } from '../support/ledger.ts'
import { addressOf, createTestBed } from '../support/libp2p-peers.ts'

const bed = createTestBed()
const stops: (() => unknown)[] = []
afterEach(async () => {
  await bed.stopAll()
  await Promise.all(stops.splice(0).map((stop) => stop()))
})

test('a peer that has gone keeps no place on the relay', async () => {
  const { node } = await startRelay(
    { identity: authority, validate: () => 'accept' },
    { host: '127.0.0.1', port: 0, limits: { maxReservations: 1 } },
  )
  stops.push(() => node.stop())
  const first = await bed.startPeer(testIdentity(1), addressOf(node))
  expect(node.services.relay?.reservations.size).toBe(1)
  await first.network.stop()
  await expect.poll(() => node.services.relay?.reservations.size).toBe(0)
  // It starts only once it has a reservation.
  await bed.startPeer(testIdentity(2), addressOf(node))
})

test('fifty clients reserve at a server in little memory, and again when it was restarted', async () => {
  const { figures, failures } = await measureRelay(smallRelaySizes)
  expect(failures).toEqual([])
  expect(figures).toMatchObject({ relayReservations: { value: 50 } })
  expect(figures['relayMBPerClient']).toSatisfy(({ value }) => value < 2)
  expect(figures['relayReturnedShare']).toSatisfy(({ value }) => value >= 0.95)
})
