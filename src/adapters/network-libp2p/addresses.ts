import type { PeerId as Libp2pPeerId } from '@libp2p/interface'
import { peerIdFromString } from '@libp2p/peer-id'
import { multiaddr, type Multiaddr } from '@multiformats/multiaddr'
import { parsePeerId, type PeerId } from '../../domain/identity/account.ts'
import { LoremeshError } from '../../domain/kernel/errors.ts'

const MAX_DIALLED_ADDRESSES = 8
const MAX_ADDRESS_CHARS = 300

/** The domain's form of a libp2p peer id; throws `bad-input` when its key is not Ed25519. */
export function toPeerId(id: Libp2pPeerId): PeerId {
  return parsePeerId(id.toString())
}

/** libp2p's form of a peer id. */
export function toLibp2pPeerId(id: PeerId): Libp2pPeerId {
  return peerIdFromString(id)
}

/** A relay, or another server, as it is configured. */
export interface ServerAddress {
  readonly address: Multiaddr
  readonly peerId: PeerId
}

/** Parses a configured address, which has to end in the server's peer id; throws `bad-input`. */
export function parseServerAddress(text: string): ServerAddress {
  const address = parseAddress(text)
  const last = address?.getComponents().at(-1)
  if (address === undefined || last?.name !== 'p2p' || last.value === undefined) {
    throw new LoremeshError('bad-input', `"${text}" is not an address that ends in /p2p/<peer id>`)
  }
  return { address, peerId: parsePeerId(last.value) }
}

/** Addresses at which a peer may be dialled, by what they lead to. */
export interface DialPlan {
  readonly direct: readonly Multiaddr[]
  readonly relayed: readonly Multiaddr[]
}

/**
 * How to dial a peer: over WebRTC and over the relayed link itself, through every relay known here and every one that
 * its own addresses name. Addresses that are none, or lead to another peer, are left out.
 */
export function planDial(
  peerId: PeerId,
  addresses: readonly string[],
  relays: readonly Multiaddr[],
): DialPlan {
  const named = addresses.slice(0, MAX_DIALLED_ADDRESSES).map((text) => relayOf(text, peerId))
  // One address a relay is enough, for most often it is connected already.
  const byRelay = new Map<string | undefined, Multiaddr>()
  for (const relay of [...relays, ...named.filter((relay) => relay !== undefined)]) {
    const id = relay.getComponents().at(-1)?.value
    if (!byRelay.has(id)) byRelay.set(id, relay)
  }
  const through = [...byRelay.values()].slice(0, MAX_DIALLED_ADDRESSES)
  return {
    direct: through.map((relay) => relay.encapsulate(`/p2p-circuit/webrtc/p2p/${peerId}`)),
    relayed: through.map((relay) => relay.encapsulate(`/p2p-circuit/p2p/${peerId}`)),
  }
}

/** The relay of a relayed address of this peer, whether with or without WebRTC on top. */
function relayOf(text: string, peerId: PeerId): Multiaddr | undefined {
  const at = text.indexOf('/p2p-circuit')
  const tail = text.slice(at)
  const leadsThere = tail === `/p2p-circuit/p2p/${peerId}` || tail === `/p2p-circuit/webrtc/p2p/${peerId}`
  const relay = at > 0 && leadsThere ? parseAddress(text.slice(0, at)) : undefined
  return relay?.getComponents().at(-1)?.name === 'p2p' ? relay : undefined
}

function parseAddress(text: string): Multiaddr | undefined {
  if (text.length > MAX_ADDRESS_CHARS) return undefined
  try {
    return multiaddr(text)
  } catch {
    return undefined
  }
}
