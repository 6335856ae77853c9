import type { NetworkState } from '../ports/network.ts'

/** What is known of the network before it was started. */
export const startingNetwork: NetworkState = {
  phase: 'starting',
  reason: '',
  links: [],
  addresses: [],
  relays: [],
  dht: { role: 'off', size: 0, records: 0 },
  reservationsGiven: 0,
  peerConnectionsMade: 0,
  log: [],
}
