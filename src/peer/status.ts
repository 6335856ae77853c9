import type { NetworkState } from '../ports/network.ts'
import type { PeerStatus } from './peer.ts'

/** What the status pill says about the state of the network. */
export function describeStatus(state: NetworkState): PeerStatus {
  switch (state.phase) {
    case 'starting':
      return { kind: 'starting', label: 'Starting', detail: 'Loremesh is connecting.' }
    case 'offline':
      return {
        kind: 'offline',
        label: 'Offline (works locally)',
        detail: `${state.reason} Your own library can be searched; Loremesh keeps trying to connect.`,
      }
    case 'relay-only':
      return {
        kind: 'relay-only',
        label: 'Relay only',
        detail: `${state.reason} Your own library answers until somebody else opens Loremesh.`,
      }
    case 'connected': {
      const peers = state.links.filter((link) => !link.isServer)
      const direct = peers.filter((link) => link.kind === 'webrtc').length
      const noun = peers.length === 1 ? 'peer' : 'peers'
      return {
        kind: 'connected',
        label: `Connected, ${peers.length} ${noun} (${direct} direct)`,
        detail: 'Other peers are linked to this tab. Questions to the network are sent to some of them.',
      }
    }
  }
}
