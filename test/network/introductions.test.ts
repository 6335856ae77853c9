import { afterEach, describe, expect, test } from 'vitest'
import type { PeerId } from '../../src/domain/identity/account.ts'
import type { NetworkState } from '../../src/ports/network.ts'
import { testIdentity } from '../support/ledger.ts'
import { addressOf, createTestBed, until, type TestPeer } from '../support/libp2p-peers.ts'
import { testHash } from '../support/test-contexts.ts'

const bed = createTestBed()
afterEach(() => bed.stopAll())

const isReachableThrough =
  (peerId: PeerId) =>
  ({ addresses }: NetworkState) =>
    addresses.some((address) => address.includes(`/p2p/${peerId}/p2p-circuit/webrtc/`))
const isWithoutServer = ({ phase }: NetworkState) => phase === 'peers-only'

/** Anna and Carl, both linked with Ben and not with each other, whose relay has stopped. */
async function startAround(carlHolds: readonly number[] = []) {
  const relay = await bed.startRelay()
  const address = addressOf(relay)
  const anna = await bed.startPeer(testIdentity(1), address)
  const carl = await bed.startPeer(testIdentity(3), address)
  const ben = await bed.startPeer(testIdentity(2), address, {
    onHolders: (contextHash) =>
      Promise.resolve(carlHolds.some((n) => testHash(n) === contextHash) ? [carl.identity.peerId] : []),
  })
  await anna.network.connect(ben.identity.peerId, [])
  await carl.network.connect(ben.identity.peerId, [])
  await until(carl.network.state, isReachableThrough(ben.identity.peerId))
  await until(anna.network.state, isReachableThrough(ben.identity.peerId))
  await relay.stop()
  await Promise.all([anna, ben, carl].map(({ network }) => until(network.state, isWithoutServer)))
  return { anna, ben, carl, address }
}

async function link(from: TestPeer, to: TestPeer, addresses: readonly string[]) {
  return from.network.connect(to.identity.peerId, addresses)
}

describe('while every server is down', () => {
  test('a neighbour leads to a peer that it knows, and the link is a direct one', async () => {
    const { anna, ben, carl } = await startAround()
    const listed = await anna.routing.listPeers(10)
    const record = listed.find(({ peerId }) => peerId === carl.identity.peerId)
    expect(record?.addresses).toEqual([
      `/p2p/${ben.identity.peerId}/p2p-circuit/webrtc/p2p/${carl.identity.peerId}`,
    ])
    expect(await link(anna, carl, record?.addresses ?? [])).toMatchObject({ kind: 'webrtc' })
  })

  test('a neighbour knows who holds a context', async () => {
    const { anna, carl } = await startAround([7])
    const [holder, ...others] = await anna.routing.findProviders(testHash(7))
    expect(others).toEqual([])
    expect(holder?.peerId).toBe(carl.identity.peerId)
    expect(await anna.routing.findProviders(testHash(8))).toEqual([])
    expect(await link(anna, carl, holder?.addresses ?? [])).toMatchObject({ kind: 'webrtc' })
  })

  test('a relay that comes back is used again beside the neighbours', async () => {
    const { anna, ben, address } = await startAround()
    await bed.startRelay(Number(/tcp\/(\d+)/.exec(address)?.[1]))
    const { addresses } = await until(
      anna.network.state,
      (state) => state.addresses.length > 1 && state.phase === 'connected',
    )
    expect(addresses[0]).toContain(address)
    expect(addresses.some((text) => text.startsWith(`/p2p/${ben.identity.peerId}/p2p-circuit/`))).toBe(true)
  })
})
