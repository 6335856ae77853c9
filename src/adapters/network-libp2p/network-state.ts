import type { NetworkState, PeerLink } from '../../ports/network.ts'
import type { RelayStatus } from './relay-keeper.ts'

/** What the state is made of. */
export interface StateParts {
  readonly links: readonly PeerLink[]
  readonly addresses: readonly string[]
  readonly relays: readonly RelayStatus[]
}

/** The network's state before it was started, with the reason. */
export function createIdleState(reason: string): NetworkState {
  return { phase: 'offline', reason, links: [], addresses: [] }
}

/** The state that follows from links and relays. */
export function describeNetwork({ links, addresses, relays }: StateParts): NetworkState {
  const phase = phaseOf(links, relays)
  return { phase, reason: reasonOf(phase, relays), links, addresses }
}

function phaseOf(links: readonly PeerLink[], relays: readonly RelayStatus[]): NetworkState['phase'] {
  if (links.some((link) => !link.isServer)) return 'connected'
  if (links.length > 0) return 'relay-only'
  const untried = relays.some((relay) => relay.unreachableSinceMs === undefined)
  return untried ? 'starting' : 'offline'
}

function reasonOf(phase: NetworkState['phase'], relays: readonly RelayStatus[]): string {
  switch (phase) {
    case 'connected':
      return ''
    case 'relay-only':
      return 'The relay is connected, but no other peer yet.'
    case 'starting':
      return 'Connecting to the relay.'
    case 'offline':
      return relays.length === 0 ? 'No relay is configured.' : relays.map(unreachable).join(' ')
  }
}

function unreachable({ relay, unreachableSinceMs, lastFailure }: RelayStatus): string {
  const host = relay.address.getComponents()[0]?.value ?? relay.address.toString()
  const since = new Date(unreachableSinceMs ?? 0).toISOString().slice(11, 19)
  return `The relay at ${host} has been unreachable since ${since} UTC: ${lastFailure}.`
}
