import type { Connection, MultiaddrConnection } from '@libp2p/interface'

/** A libp2p connection, as far as what carries it goes. Its type does not tell of `maConn`. */
interface Carried {
  readonly maConn: MultiaddrConnection & { readonly peerConnection?: RTCPeerConnection }
}

/** What carries the connection. Throws when the installed libp2p does not tell any more. */
function carrierOf(connection: Connection): Carried['maConn'] {
  if (!('maConn' in connection) || typeof connection.maConn !== 'object') {
    throw new Error('libp2p has changed: check how what carries a connection is found')
  }
  return (connection as unknown as Carried).maConn
}

/** The browser's side of a WebRTC connection; undefined for any other. */
export function peerConnectionOf(connection: Connection): RTCPeerConnection | undefined {
  return carrierOf(connection).peerConnection
}

/**
 * Lets go of a WebRTC connection that was closed. libp2p waits for an event `close` of the browser's side, which no browser
 * dispatches, and keeps everything that belongs to the connection until then.
 */
export function releaseConnection(connection: Connection): void {
  peerConnectionOf(connection)?.dispatchEvent(new Event('close'))
}

/** Adds what a connection that is not over WebRTC carries from now on, encryption included, to the counters. */
export function bytesOfConnection(
  connection: Connection,
  counters: { bytesIn: number; bytesOut: number },
): void {
  const carrier = carrierOf(connection)
  carrier.addEventListener('message', ({ data }) => {
    counters.bytesIn += data.byteLength
  })
  const send = carrier.send.bind(carrier)
  carrier.send = (data) => {
    counters.bytesOut += data.byteLength
    return send(data)
  }
}

/** What a WebRTC connection has carried, and the address it leads to. */
interface PeerConnectionReading {
  readonly bytesIn: number
  readonly bytesOut: number
  /** An IP address or an mDNS name; empty while unknown. */
  readonly remoteAddress: string
}

/** The statistics that are used here, of all that WebRTC defines (W3C, Identifiers for WebRTC's Statistics API). */
interface Stat {
  readonly id: string
  readonly type: string
  readonly nominated?: boolean
  readonly state?: string
  readonly bytesReceived?: number
  readonly bytesSent?: number
  readonly remoteCandidateId?: string
  readonly selectedCandidatePairId?: string
  readonly address?: string | null
  /** The address in node-datachannel. */
  readonly ip?: string
}

/**
 * Reads a connection's counters: of every pair of addresses that worked, for a browser may nominate several, and not every
 * one counts for the transport or tells which it uses.
 */
export async function readPeerConnection(peerConnection: RTCPeerConnection): Promise<PeerConnectionReading> {
  const stats: Stat[] = []
  const report = await peerConnection.getStats()
  report.forEach((stat: Stat) => stats.push(stat))
  const pairs = stats.filter(({ type, state }) => type === 'candidate-pair' && state === 'succeeded')
  const selected = stats.find(({ type }) => type === 'transport')?.selectedCandidatePairId
  const used = pairs.find(({ id }) => id === selected) ?? pairs.find(({ nominated }) => nominated === true)
  const remote = stats.find(({ id }) => id === used?.remoteCandidateId)
  return {
    bytesIn: pairs.reduce((sum, { bytesReceived = 0 }) => sum + bytesReceived, 0),
    bytesOut: pairs.reduce((sum, { bytesSent = 0 }) => sum + bytesSent, 0),
    remoteAddress: remote?.address ?? remote?.ip ?? '',
  }
}
