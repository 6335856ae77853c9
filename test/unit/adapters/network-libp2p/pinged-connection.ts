import { multiaddr } from '@multiformats/multiaddr'

const MESH = '/meshsub/1.2.0'

/** A connection that carries gossip, a direct one unless told, to a peer that answers pings or not. */
export function openPingedConnection({
  answers,
  address = '/webrtc',
  openMs = 0,
}: {
  answers: boolean
  address?: string
  openMs?: number
}) {
  const connection = {
    remoteAddr: multiaddr(address),
    status: 'open',
    timeline: { open: openMs },
    streams: [{ protocol: MESH }],
    maConn: { peerConnection: { connectionState: 'connected' } },
    aborted: 0,
    pings: 0,
    newStream() {
      connection.pings += 1
      const stream = Object.assign(new EventTarget(), {
        send(data: Uint8Array) {
          if (answers) stream.dispatchEvent(Object.assign(new Event('message'), { data }))
        },
        close: () => Promise.resolve(),
        abort: () => undefined,
      })
      return Promise.resolve(stream)
    },
    abort: () => (connection.aborted += 1),
  }
  return connection
}
