import { multiaddr } from '@multiformats/multiaddr'
import { describe, expect, it, vi } from 'vitest'
import { toLibp2pPeerId } from '../../../../src/adapters/network-libp2p/addresses.ts'
import { createReservations } from '../../../../src/adapters/network-libp2p/reservations.ts'
import { ann, bob, cat } from '../../../support/ledger.ts'

/** Reservations of Ann, of whom `give` and `take` say what others grant her. */
function setUp() {
  const store = new EventTarget()
  const patch = vi.fn(() => Promise.resolve())
  const components = {
    peerId: toLibp2pPeerId(ann.peerId),
    peerStore: { merge: () => Promise.resolve(), patch },
    transportManager: { getTransports: () => [{ reservationStore: store }] },
    connectionManager: { getConnections: () => [] },
    addressManager: { getAddresses: () => [] },
  } as unknown as Parameters<typeof createReservations>[0]
  const reservations = createReservations(components)
  const relay = toLibp2pPeerId(bob.peerId)
  const tell = (name: string, addresses: readonly string[]) => {
    const addrs = addresses.map((address) => multiaddr(address).bytes)
    store.dispatchEvent(new CustomEvent(name, { detail: { relay, details: { reservation: { addrs } } } }))
  }
  return {
    reservations,
    patch,
    give: (...addresses: readonly string[]) => tell('relay:created-reservation', addresses),
    take: () => tell('relay:removed', []),
    published: () => reservations.addresses().map(String),
  }
}

const behind = `/p2p-circuit/webrtc/p2p/${ann.peerId}`
const listened = (port: number) => `/ip4/192.0.2.1/tcp/${port}/ws/p2p/${bob.peerId}`

describe('the addresses through somebody who gave a reservation', () => {
  it('begin where others reach that peer, or with its id alone', () => {
    const { reservations, give, published } = setUp()
    reservations.publish([bob.peerId])
    give(listened(1))
    expect(published()).toEqual([listened(1) + behind])
    give(`/ip4/192.0.2.9/tcp/1/ws/p2p/${cat.peerId}/p2p-circuit/webrtc/p2p/${bob.peerId}`)
    expect(published()).toEqual([`/p2p/${bob.peerId}${behind}`])
  })

  it('are few, short, and of nobody else, whatever that peer says', () => {
    const { reservations, give, published } = setUp()
    reservations.publish([bob.peerId])
    give(
      `/ip4/192.0.2.9/tcp/1/ws/p2p/${cat.peerId}`,
      `/dns4/${'long.'.repeat(40)}org/tcp/1/ws/p2p/${bob.peerId}`,
    )
    expect(published()).toEqual([`/p2p/${bob.peerId}${behind}`])
    give(...Array.from({ length: 500 }, (_, n) => listened(n + 1)))
    expect(published()).toHaveLength(2)
  })

  it('are published as long as the reservation stands, and told once when they change', () => {
    const { reservations, give, take, published, patch } = setUp()
    give(listened(1))
    expect(published()).toEqual([])
    reservations.publish([bob.peerId])
    reservations.publish([bob.peerId])
    expect(patch).toHaveBeenCalledTimes(1)
    take()
    expect(published()).toEqual([])
    expect(reservations.has(bob.peerId)).toBe(false)
    reservations.publish([])
    expect(patch).toHaveBeenCalledTimes(2)
  })
})
