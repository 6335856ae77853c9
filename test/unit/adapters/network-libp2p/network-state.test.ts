import { describe, expect, it } from 'vitest'
import { parseServerAddress } from '../../../../src/adapters/network-libp2p/addresses.ts'
import { describeNetwork } from '../../../../src/adapters/network-libp2p/network-state.ts'
import { startingNetwork } from '../../../../src/peer/starting-network.ts'
import type { PeerLink } from '../../../../src/ports/network.ts'
import { ann, bob, cat } from '../../../support/ledger.ts'
import { linkTo } from '../../../support/network-links.ts'

const relay = parseServerAddress(`/dns4/relay.example/tcp/443/tls/ws/p2p/${bob.peerId}`)
const up = { server: relay, unreachableSinceMs: undefined, lastFailure: '' }
const down = {
  server: relay,
  unreachableSinceMs: Date.UTC(2026, 0, 1, 14, 2, 11),
  lastFailure: 'Dialling it took too long',
}
const link = (isServer: boolean): PeerLink =>
  linkTo(isServer ? bob.peerId : ann.peerId, { kind: isServer ? 'websocket' : 'webrtc', isServer })
const state = (links: readonly PeerLink[], relays: Parameters<typeof describeNetwork>[0]['relays']) => {
  const { phase, reason } = describeNetwork({
    ...startingNetwork,
    links,
    relays,
    leadsHere: () => false,
  })
  return [phase, reason]
}

const authority: PeerLink = { ...link(true), peerId: cat.peerId }

describe('the state says why the peer is not connected', () => {
  it('while it joins, while it is alone, and while the relay is away', () => {
    expect(state([], [up])).toEqual(['starting', 'Connecting to the relay.'])
    expect(state([link(true)], [up])).toEqual([
      'relay-only',
      'The relay is connected, but no other peer yet.',
    ])
    expect(state([], [down])).toEqual([
      'offline',
      'The relay at relay.example has been unreachable since 14:02:11 UTC: Dialling it took too long.',
    ])
    expect(state([], [])).toEqual(['offline', 'No relay is configured.'])
  })

  it('and does not take another server for the relay', () => {
    expect(state([authority], [up])).toEqual(['starting', 'Connecting to the relay.'])
    expect(state([authority], [down])).toEqual(state([], [down]))
    expect(state([authority, link(true)], [up])).toEqual(state([link(true)], [up]))
  })

  it('and nothing while peers and the relay are linked', () => {
    expect(state([link(false), link(true)], [up])).toEqual(['connected', ''])
    expect(state([link(false), link(true)], [down, up])).toEqual(['connected', ''])
  })

  it('and that the relay is away although peers are linked', () => {
    expect(state([link(false)], [down])).toEqual(['peers-only', ...state([], [down]).slice(1)])
    expect(state([link(false), authority], [up])).toEqual(['peers-only', ''])
    expect(state([link(false)], [])).toEqual(['connected', ''])
  })
})

describe('the state lists who leads others here', () => {
  const statuses = (leading: readonly PeerLink[], relay = up) =>
    describeNetwork({
      ...startingNetwork,
      links: [link(false), link(true)],
      relays: [relay],
      leadsHere: (peerId) => leading.some((one) => one.peerId === peerId),
    }).relays.map(({ isServer, status }) => [isServer, status])

  it('relays in any case, and those peers that are told to others', () => {
    expect(statuses([])).toEqual([[true, 'connected']])
    expect(statuses([link(true)])).toEqual([[true, 'reserved']])
    expect(statuses([link(true), link(false)])).toEqual([
      [true, 'reserved'],
      [false, 'reserved'],
    ])
  })

  it('with what keeps a relay away', () => {
    const { relays } = describeNetwork({ ...startingNetwork, relays: [down], leadsHere: () => false })
    expect(relays).toEqual([
      {
        peerId: bob.peerId,
        address: relay.address.toString(),
        isServer: true,
        status: 'unreachable',
        unreachableSinceMs: down.unreachableSinceMs,
        lastFailure: down.lastFailure,
      },
    ])
    const [untried] = describeNetwork({ ...startingNetwork, relays: [up], leadsHere: () => false }).relays
    expect(untried?.status).toBe('connecting')
  })
})
