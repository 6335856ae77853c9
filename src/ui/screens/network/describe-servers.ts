import { shortPeerId } from '../../../domain/identity/account.ts'
import type { DhtState, RelayState } from '../../../peer/peer.ts'
import type { Words } from './describe-link.ts'

const states: Readonly<Record<RelayState['status'], Words>> = {
  connecting: { word: 'Connecting', meaning: 'It was not reached yet.' },
  connected: { word: 'Connected', meaning: 'It leads nobody here yet.' },
  reserved: { word: 'Ready', meaning: 'Others reach this peer through it.' },
  unreachable: { word: 'Unreachable', meaning: 'It is tried again and again, less and less often.' },
}

const roles: Readonly<Record<DhtState['role'], Words>> = {
  off: { word: 'Off', meaning: 'This peer takes no part in the distributed index now.' },
  client: { word: 'Client', meaning: 'It looks up and announces contexts, and keeps no records for others.' },
  server: { word: 'Server', meaning: 'It keeps records for others and answers their look-ups.' },
}

/** How a relay does, in words. */
export function describeRelay({ status }: Pick<RelayState, 'status'>): Words {
  return states[status]
}

/** What a relay is called: host and port of a server, the short id of a peer. */
export function relayName({ address, isServer, peerId }: RelayState): string {
  if (!isServer) return `Peer ${shortPeerId(peerId)}`
  const [, , host = '', , port = ''] = address.split('/')
  return port === '' ? address : `${host}:${port}`
}

/** This peer's part in the DHT, in words. */
export function describeRole({ role }: Pick<DhtState, 'role'>): Words {
  return roles[role]
}
