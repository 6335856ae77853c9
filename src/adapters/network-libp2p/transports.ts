import type { Defer } from '../../protocols/batched-sends.ts'
import type { IceServer } from '../../protocols/network-info.ts'
import type { Libp2pOptions } from 'libp2p'

interface TransportOptions {
  /** STUN and TURN servers; none keeps candidates local. */
  readonly iceServers: readonly IceServer[]
  /** Called before each `RTCPeerConnection` is made, which it prevents by throwing. */
  readonly onPeerConnection?: () => void
}

/** A WebRTC connection that leads nowhere, made to find out which addresses others see: what is used of one. */
export interface ProbeConnection {
  addEventListener(type: 'icecandidate' | 'icecandidateerror', listener: (event: Event) => void): void
  createDataChannel(label: string): unknown
  createOffer(): Promise<RTCSessionDescriptionInit>
  setLocalDescription(offer: RTCSessionDescriptionInit): Promise<void>
  close(): void
}

/** WebRTC as a host has it. */
export interface WebRtcHost {
  /** Connections that it bears, closed ones included until they are collected as garbage. */
  readonly maxPeerConnections: number
  /** Hurries that collection. */
  readonly collectSoon: () => void
  createPeerConnection(configuration: RTCConfiguration): ProbeConnection
}

/** How one kind of host (tab, Node) reaches others. */
export interface Transports {
  readonly factories: NonNullable<Libp2pOptions['transports']>
  /** Runs a function at the end of this turn of the event loop. */
  readonly defer: Defer
  /** The host's WebRTC, beside the connections of the transport; undefined where there is none. */
  readonly webRtc?: WebRtcHost
  /** Frees what transports hold once the node has stopped. */
  close(): Promise<void>
}

/** Creates the transports; handed in by the entry, so that tab and Node share everything else. */
export type CreateTransports = (options: TransportOptions) => Promise<Transports>

/** The servers as `RTCPeerConnection` takes them. */
export function toRtcIceServers(servers: readonly IceServer[]): RTCIceServer[] {
  return servers.map(({ urls, username, credential }) => ({
    urls,
    ...(username === undefined ? {} : { username }),
    ...(credential === undefined ? {} : { credential }),
  }))
}
