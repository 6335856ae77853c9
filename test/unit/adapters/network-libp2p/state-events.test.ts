import { describe, expect, it } from 'vitest'
import { eventsBetween } from '../../../../src/adapters/network-libp2p/state-events.ts'
import { startingNetwork } from '../../../../src/peer/starting-network.ts'
import type { NetworkState, RelayState } from '../../../../src/ports/network.ts'
import { ann, bob, cat } from '../../../support/ledger.ts'
import { linkTo } from '../../../support/network-links.ts'

const relay = (status: RelayState['status'], isServer = true): RelayState => ({
  peerId: bob.peerId,
  address: `/dns4/relay.example/tcp/443/tls/ws/p2p/${bob.peerId}`,
  isServer,
  status,
  unreachableSinceMs: undefined,
  lastFailure: status === 'unreachable' ? 'Dialling it took too long' : '',
})
const withRelays = (...relays: RelayState[]): NetworkState => ({ ...startingNetwork, relays })
const withLinks = (...links: NetworkState['links']): NetworkState => ({ ...startingNetwork, links })
const messages = (before: NetworkState, after: NetworkState) =>
  eventsBetween(before, after).map(({ failure, message }) => [failure, message])

describe('between two states', () => {
  it('a relay is connected, leads others here, stops that, and is lost', () => {
    const [connecting, connected, reserved, lost] = (
      ['connecting', 'connected', 'reserved', 'unreachable'] as const
    ).map((status) => withRelays(relay(status)))
    if (!connecting || !connected || !reserved || !lost) throw new Error('A state is missing')
    expect(messages(startingNetwork, connecting)).toEqual([])
    expect(messages(connecting, connected)).toEqual([[null, 'The relay is connected.']])
    expect(messages(connected, reserved)).toEqual([[null, 'The relay leads others here.']])
    expect(messages(reserved, reserved)).toEqual([])
    expect(messages(reserved, connected)).toEqual([
      ['reservation', 'The relay does not lead others here any more.'],
    ])
    expect(messages(reserved, lost)).toEqual([
      ['websocket', 'The relay is not reached: Dialling it took too long.'],
    ])
  })

  it('a peer leads others here and leaves', () => {
    const introduced = withRelays(relay('reserved', false))
    expect(messages(startingNetwork, introduced)).toEqual([[null, 'The peer leads others here.']])
    expect(messages(introduced, startingNetwork)).toEqual([
      [null, 'The peer does not lead others here any more.'],
    ])
  })

  it('direct links open and close, and nothing is said of others', () => {
    const direct = linkTo(ann.peerId)
    const others = [linkTo(bob.peerId, { isServer: true }), linkTo(cat.peerId, { kind: 'relay' })]
    expect(messages(startingNetwork, withLinks(direct, ...others))).toEqual([
      [null, 'A direct link opened, which this peer dialled.'],
    ])
    expect(messages(withLinks(direct, ...others), startingNetwork)).toEqual([
      [null, 'The direct link closed.'],
    ])
  })
})
