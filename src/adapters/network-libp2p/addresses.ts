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

/** An address of a peer with the peer's id at its end, which libp2p's stores leave out: whoever is there has to be that peer. */
export function withPeerId(address: Multiaddr, peerId: PeerId): Multiaddr {
  return lastPeerId(address) === peerId ? address : address.encapsulate(`/p2p/${peerId}`)
}

/** Addresses at which a peer may be dialled, by what they lead to. */
export interface DialPlan {
  readonly direct: readonly Multiaddr[]
  readonly relayed: readonly Multiaddr[]
}

/**
 * How to dial a peer: over WebRTC and over the relayed link itself, through every relay known here and every peer that
 * its own addresses name, and straight to where it listens. Whatever is linked comes first, for addresses are tried one
 * after another and a dead one takes its time. Addresses that are none, lead to another peer, or go through somebody who
 * is neither linked nor said to be anywhere, are left out.
 */
export function planDial(
  peerId: PeerId,
  addresses: readonly string[],
  { relays, isLinked }: { readonly relays: readonly Multiaddr[]; readonly isLinked: (id: string) => boolean },
): DialPlan {
  const read = addresses.slice(0, MAX_DIALLED_ADDRESSES)
  const named = read.map((text) => relayOf(text, peerId)).filter((relay) => relay !== undefined)
  // One address a relay is enough, for most often it is connected already.
  const byRelay = new Map<string, Multiaddr>()
  for (const relay of [...relays, ...named]) {
    const id = lastPeerId(relay)
    if (id === undefined || byRelay.has(id)) continue
    if (isLinked(id) || relay.getComponents().length > 1) byRelay.set(id, relay)
  }
  const linked = [...byRelay].flatMap(([id, relay]) => (isLinked(id) ? [relay] : []))
  const others = [...byRelay].flatMap(([id, relay]) => (isLinked(id) ? [] : [relay]))
  const listened = read.map((text) => listenedAddress(text, peerId)).filter((one) => one !== undefined)
  const overWebRtc = (relay: Multiaddr) => relay.encapsulate(`/p2p-circuit/webrtc/p2p/${peerId}`)
  return {
    direct: [...linked.map(overWebRtc), ...listened, ...others.map(overWebRtc)].slice(
      0,
      MAX_DIALLED_ADDRESSES,
    ),
    relayed: [...linked, ...others]
      .slice(0, MAX_DIALLED_ADDRESSES)
      .map((relay) => relay.encapsulate(`/p2p-circuit/p2p/${peerId}`)),
  }
}

/** The address at which this peer itself listens for WebSockets, if the text is one. */
function listenedAddress(text: string, peerId: PeerId): Multiaddr | undefined {
  const address = parseAddress(text)
  const names = address?.getComponents().map(({ name }) => name) ?? []
  const isListened =
    names.some((name) => name === 'ws' || name === 'wss') &&
    !names.includes('p2p-circuit') &&
    names.indexOf('p2p') === names.length - 1
  return isListened && address !== undefined && lastPeerId(address) === peerId ? address : undefined
}

/** The peer id with which an address ends. */
function lastPeerId(address: Multiaddr): string | undefined {
  const last = address.getComponents().at(-1)
  return last?.name === 'p2p' ? last.value : undefined
}

/** The relay of a relayed address of this peer, whether with or without WebRTC on top. */
function relayOf(text: string, peerId: PeerId): Multiaddr | undefined {
  const at = text.indexOf('/p2p-circuit')
  const tail = text.slice(at)
  const leadsThere = tail === `/p2p-circuit/p2p/${peerId}` || tail === `/p2p-circuit/webrtc/p2p/${peerId}`
  const relay = at > 0 && leadsThere ? parseAddress(text.slice(0, at)) : undefined
  return relay !== undefined && lastPeerId(relay) !== undefined ? relay : undefined
}

function parseAddress(text: string): Multiaddr | undefined {
  if (text.length > MAX_ADDRESS_CHARS) return undefined
  try {
    return multiaddr(text)
  } catch {
    return undefined
  }
}
