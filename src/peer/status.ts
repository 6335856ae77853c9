import { createWritable, type Readable, type Writable } from '../domain/kernel/readable.ts'
import type { ServingPause } from '../domain/network/serving-caps.ts'
import type { NetworkState } from '../ports/network.ts'
import type { AuthorityState, PeerStatus } from './peer.ts'
import type { ServingState } from './serving.ts'

const pauseWords: Readonly<Record<ServingPause, string>> = {
  battery: 'Others get nothing from here while the device runs on battery, as you chose in Settings.',
  'daily-volume':
    'Others get nothing more from here today: the upload that you allow in Settings is used up.',
}

/** The status of a peer as its network, its authorities and what it serves change. */
export function createStatus(
  network: Omit<Writable<NetworkState>, 'set'>,
  authorities: Omit<Writable<AuthorityState>, 'set'>,
  serving: Omit<Writable<ServingState>, 'set'>,
): Readable<PeerStatus> {
  const describe = () => describeStatus(network.get(), authorities.get(), serving.get().pause)
  const status = createWritable(describe())
  for (const part of [network, authorities, serving]) part.subscribe(() => status.set(describe()))
  return status
}

/** What the status pill says about what can be reached: the server, other peers, and the authorities. */
export function describeStatus(
  network: NetworkState,
  authorities: AuthorityState,
  pause: ServingPause | undefined,
): PeerStatus {
  const waiting =
    authorities.tooFewSinceMs === undefined
      ? ''
      : ' Too few authorities answer, so payments wait for their certificates.'
  const served = pause === undefined ? '' : ` ${pauseWords[pause]}`
  switch (network.phase) {
    case 'starting':
      return { kind: 'starting', label: 'Starting', detail: 'Loremesh is connecting.' }
    case 'offline':
      return {
        kind: 'offline',
        label: 'Offline (works locally)',
        detail: `${network.reason} Your own library can be searched; Loremesh keeps trying to connect.`,
      }
    case 'relay-only':
      return {
        kind: 'relay-only',
        label: 'Relay only',
        detail: `${network.reason} Your own library answers until somebody else opens Loremesh.${waiting}${served}`,
      }
    case 'peers-only':
      return {
        kind: 'limited',
        label: `No server, ${peersOf(network)}`,
        detail:
          `${network.reason} The peers that are linked can still be asked, and lead to others that they know.${waiting}${served}`.trimStart(),
      }
    case 'connected':
      if (waiting === '' && served === '') {
        return {
          kind: 'connected',
          label: `Connected, ${peersOf(network)}`,
          detail: 'Other peers are linked to this tab. Questions to the network are sent to some of them.',
        }
      }
      return {
        kind: 'limited',
        label: `${waiting === '' ? 'Not serving' : 'Payments wait'}, ${peersOf(network)}`,
        detail: `Other peers are linked to this tab, and can be asked.${waiting}${served}`,
      }
  }
}

function peersOf({ links }: NetworkState): string {
  const peers = links.filter((link) => !link.isServer)
  const direct = peers.filter((link) => link.kind === 'webrtc').length
  return `${peers.length} ${peers.length === 1 ? 'peer' : 'peers'} (${direct} direct)`
}
