import { multiaddr } from '@multiformats/multiaddr'
import { describe, expect, it } from 'vitest'
import {
  parseServerAddress,
  planDial,
  withPeerId,
} from '../../../../src/adapters/network-libp2p/addresses.ts'
import { ann, bob, cat, expectRefusal } from '../../../support/ledger.ts'

const relay = `/ip4/192.0.2.1/tcp/443/wss/p2p/${bob.peerId}`
const otherRelay = `/dns4/relay.example/tcp/443/tls/ws/p2p/${cat.peerId}`
const known = [parseServerAddress(relay).address]

function plan(addresses: readonly string[], linked: readonly string[] = []) {
  const isLinked = (id: string) => linked.includes(id)
  const { direct, relayed } = planDial(ann.peerId, addresses, { relays: known, isLinked })
  return { direct: direct.map(String), relayed: relayed.map(String) }
}

describe('an address of a peer', () => {
  it('gets its id at the end once', () => {
    const text = `/ip4/192.0.2.1/tcp/1/ws/p2p/${ann.peerId}`
    expect(withPeerId(multiaddr('/ip4/192.0.2.1/tcp/1/ws'), ann.peerId).toString()).toBe(text)
    expect(withPeerId(multiaddr(text), ann.peerId).toString()).toBe(text)
    const relayed = `${relay}/p2p-circuit/webrtc`
    expect(withPeerId(multiaddr(relayed), ann.peerId).toString()).toBe(`${relayed}/p2p/${ann.peerId}`)
  })
})

describe('a dial plan', () => {
  it('goes through the known relay when the peer names none', () => {
    const { direct, relayed } = plan([])
    expect(direct).toHaveLength(1)
    expect(direct[0]).toContain(`/p2p/${bob.peerId}/p2p-circuit/webrtc/p2p/${ann.peerId}`)
    expect(relayed[0]).toContain(`/p2p/${bob.peerId}/p2p-circuit/p2p/${ann.peerId}`)
  })

  it('adds each relay of the peer once, behind the known ones', () => {
    const { direct } = plan([
      `${otherRelay}/p2p-circuit/p2p/${ann.peerId}`,
      `${otherRelay}/p2p-circuit/webrtc/p2p/${ann.peerId}`,
      `/ip4/127.0.0.1/tcp/1/ws/p2p/${bob.peerId}/p2p-circuit/p2p/${ann.peerId}`,
    ])
    expect(direct.map((address) => /p2p\/(\w+)\/p2p-circuit/.exec(address)?.[1])).toEqual([
      bob.peerId,
      cat.peerId,
    ])
    expect(direct[0]).toContain('192.0.2.1')
  })

  it('leaves out what is no address, or leads to somebody else', () => {
    const { direct } = plan([
      'nonsense',
      `${otherRelay}/p2p-circuit/p2p/${cat.peerId}`,
      `${otherRelay}/p2p/${ann.peerId}`,
      `/ip4/192.0.2.9/tcp/1/ws/p2p-circuit/p2p/${ann.peerId}`,
      'x'.repeat(5_000),
    ])
    expect(direct).toHaveLength(1)
  })
})

describe('a dial plan without servers', () => {
  it('goes through a linked neighbour first, straight to a listening peer next, and to relays last', () => {
    const listened = `/ip4/192.0.2.7/tcp/4001/ws/p2p/${ann.peerId}`
    const { direct } = plan(
      [listened, `/p2p/${cat.peerId}/p2p-circuit/webrtc/p2p/${ann.peerId}`],
      [cat.peerId],
    )
    expect(direct).toEqual([
      `/p2p/${cat.peerId}/p2p-circuit/webrtc/p2p/${ann.peerId}`,
      listened,
      `${relay}/p2p-circuit/webrtc/p2p/${ann.peerId}`,
    ])
  })

  it('leaves out a neighbour that is linked with others only', () => {
    const { direct, relayed } = plan([`/p2p/${cat.peerId}/p2p-circuit/webrtc/p2p/${ann.peerId}`])
    expect(direct).toHaveLength(1)
    expect(relayed).toHaveLength(1)
  })

  it('never dials where another peer listens', () => {
    expect(plan([`/ip4/192.0.2.7/tcp/4001/ws/p2p/${cat.peerId}`]).direct).toHaveLength(1)
    expect(plan([`/ip4/192.0.2.7/tcp/4001/p2p/${ann.peerId}`]).direct).toHaveLength(1)
  })
})

it('a server address has to end in a peer id', () => {
  expect(parseServerAddress(relay).peerId).toBe(bob.peerId)
  for (const text of ['', 'nonsense', '/ip4/127.0.0.1/tcp/80/ws']) {
    expectRefusal(() => parseServerAddress(text), 'bad-input')
  }
})
