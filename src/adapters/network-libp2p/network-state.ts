import type { PeerId } from '../../domain/identity/account.ts'
import type { NetworkState, PeerLink, RelayState } from '../../ports/network.ts'
import type { ServerStatus } from './server-keeper.ts'

/** What the state is made of. */
export interface StateParts extends Omit<NetworkState, 'phase' | 'reason' | 'relays'> {
  readonly relays: readonly ServerStatus[]
  /** Whether others are led here through a peer. */
  readonly leadsHere: (peerId: PeerId) => boolean
}

const IDLE: Omit<NetworkState, 'reason'> = {
  phase: 'offline',
  links: [],
  addresses: [],
  relays: [],
  dht: { role: 'off', size: 0, records: 0 },
  reservationsGiven: 0,
  peerConnectionsMade: 0,
  log: [],
}

/** The network's state before it was started, with the reason. */
export function createIdleState(reason: string): NetworkState {
  return { ...IDLE, reason }
}

/** The state that follows from links and relays. */
export function describeNetwork({ relays, leadsHere, ...rest }: StateParts): NetworkState {
  const { links } = rest
  const phase = phaseOf(links, relays)
  const servers = relays.map((relay) => toRelayState(relay, links, leadsHere))
  const introducers = links.filter(({ isServer, peerId }) => !isServer && leadsHere(peerId))
  return {
    ...rest,
    phase,
    reason: reasonOf(phase, relays),
    relays: [...servers, ...introducers.map(toIntroducerState)],
  }
}

function toRelayState(
  { server, unreachableSinceMs, lastFailure }: ServerStatus,
  links: readonly PeerLink[],
  leadsHere: (peerId: PeerId) => boolean,
): RelayState {
  const { peerId, address } = server
  const isLinked = links.some((link) => link.peerId === peerId)
  const unlinked = unreachableSinceMs === undefined ? 'connecting' : 'unreachable'
  const linked = leadsHere(peerId) ? 'reserved' : 'connected'
  return {
    peerId,
    address: address.toString(),
    isServer: true,
    status: isLinked ? linked : unlinked,
    unreachableSinceMs,
    lastFailure,
  }
}

function toIntroducerState({ peerId, remoteAddress }: PeerLink): RelayState {
  return {
    peerId,
    address: remoteAddress,
    isServer: false,
    status: 'reserved',
    unreachableSinceMs: undefined,
    lastFailure: '',
  }
}

function phaseOf(links: readonly PeerLink[], relays: readonly ServerStatus[]): NetworkState['phase'] {
  const hasPeers = links.some((link) => !link.isServer)
  const hasRelay = relays.some(({ server }) => links.some(({ peerId }) => peerId === server.peerId))
  if (hasPeers) return hasRelay || relays.length === 0 ? 'connected' : 'peers-only'
  if (hasRelay) return 'relay-only'
  const untried = relays.some((relay) => relay.unreachableSinceMs === undefined)
  return untried ? 'starting' : 'offline'
}

function reasonOf(phase: NetworkState['phase'], relays: readonly ServerStatus[]): string {
  switch (phase) {
    case 'connected':
      return ''
    case 'relay-only':
      return 'The relay is connected, but no other peer yet.'
    case 'starting':
      return 'Connecting to the relay.'
    case 'peers-only':
    case 'offline':
      return relays.length === 0
        ? 'No relay is configured.'
        : relays.filter(isLost).map(unreachable).join(' ')
  }
}

function isLost({ unreachableSinceMs }: ServerStatus): boolean {
  return unreachableSinceMs !== undefined
}

function unreachable({ server, unreachableSinceMs, lastFailure }: ServerStatus): string {
  const host = server.address.getComponents()[0]?.value ?? server.address.toString()
  const since = new Date(unreachableSinceMs ?? 0).toISOString().slice(11, 19)
  return `The relay at ${host} has been unreachable since ${since} UTC: ${lastFailure}.`
}
