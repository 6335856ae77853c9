import type { NetworkEvent, NetworkState, PeerLink, RelayState } from '../../ports/network.ts'

type Change = Omit<NetworkEvent, 'atMs'>

/**
 * What happened between two states. Links through a relay are left out: most stand for a moment only, to set up a direct
 * one.
 */
export function eventsBetween(before: NetworkState, after: NetworkState): readonly Change[] {
  return [
    ...after.relays.flatMap((relay) => relayEvents(before.relays.find(samePeer(relay)), relay)),
    ...before.relays.filter((relay) => !after.relays.some(samePeer(relay))).map(introducerLost),
    ...directLinks(after)
      .filter((link) => !directLinks(before).some(samePeer(link)))
      .map(linkOpened),
    ...directLinks(before)
      .filter((link) => !directLinks(after).some(samePeer(link)))
      .map(linkClosed),
  ]
}

function directLinks({ links }: NetworkState): readonly PeerLink[] {
  return links.filter(({ kind, isServer }) => kind !== 'relay' && !isServer)
}

function samePeer({ peerId }: Pick<PeerLink, 'peerId'>) {
  return (other: Pick<PeerLink, 'peerId'>) => other.peerId === peerId
}

function linkOpened({ peerId, direction }: PeerLink): Change {
  const by = direction === 'inbound' ? 'which the peer dialled' : 'which this peer dialled'
  return { kind: 'peer', peerId, failure: null, message: `A direct link opened, ${by}.` }
}

function linkClosed({ peerId }: PeerLink): Change {
  return { kind: 'peer', peerId, failure: null, message: 'The direct link closed.' }
}

function relayEvents(before: RelayState | undefined, { peerId, isServer, status, lastFailure }: RelayState) {
  if (before?.status === status) return []
  const name = isServer ? 'The relay' : 'The peer'
  const event = (failure: Change['failure'], message: string): readonly Change[] => [
    { kind: 'relay', peerId, failure, message },
  ]
  switch (status) {
    case 'reserved':
      return event(null, `${name} leads others here.`)
    case 'unreachable':
      return event('websocket', `${name} is not reached: ${lastFailure}.`)
    case 'connected':
      return before?.status === 'reserved'
        ? event('reservation', `${name} does not lead others here any more.`)
        : event(null, `${name} is connected.`)
    case 'connecting':
      return []
  }
}

function introducerLost({ peerId, isServer }: RelayState): Change {
  const name = isServer ? 'The relay' : 'The peer'
  return { kind: 'relay', peerId, failure: null, message: `${name} does not lead others here any more.` }
}
