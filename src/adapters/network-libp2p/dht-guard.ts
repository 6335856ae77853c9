import type { PeerId, Stream } from '@libp2p/interface'
import type { KadDHTComponents } from '@libp2p/kad-dht'
import { LoremeshError } from '../../domain/kernel/errors.ts'
import { createRateLimiter } from '../../domain/kernel/token-bucket.ts'
import { KAD_PROTOCOL, MAX_KAD_ANSWER_BYTES } from '../../protocols/kad.ts'
import { createDhtPeerStore } from './dht-peer-store.ts'
import type { DhtRecords } from './dht-records.ts'

/** Streams that one peer may open: a look-up takes one, announcing thousands of contexts one, too. */
const STREAM_RATE = { burst: 60, perSecond: 20 }
/** What one peer may send, in KiB: a provider record has half of one. */
const KIB_RATE = { burst: 512, perSecond: 256 }

/**
 * libp2p's parts as kad-dht gets them: what others ask of it is limited by peer, its records are bounded, and it decides
 * neither which peers are dialled for its routing table nor which links are kept.
 */
export function guardDht(
  components: KadDHTComponents,
  own: {
    readonly records: DhtRecords
    /** Takes a peer out of the routing table. */
    readonly forget: (peerId: PeerId) => void
    /** Whether one more server may be dialled for the routing table. */
    readonly wantsContact: () => boolean
    readonly monotonicMs: () => number
  },
): KadDHTComponents {
  const { records, forget, wantsContact, monotonicMs } = own
  const { registrar, peerStore, connectionManager, ping } = components
  const streams = createRateLimiter(STREAM_RATE, monotonicMs)
  const received = createRateLimiter(KIB_RATE, monotonicMs)

  const isLinked = (peerId: PeerId): boolean =>
    connectionManager.getConnections(peerId).some(({ limits }) => limits === undefined)

  const handle: typeof registrar.handle = (protocol, handler, options) =>
    registrar.handle(
      protocol,
      (stream, connection) => {
        const peer = connection.remotePeer.toString()
        if (!streams.take(peer)) {
          stream.abort(tooMuch())
          return undefined
        }
        stream.addEventListener('message', ({ data }) => {
          for (let kib = 0; kib * 1_024 < data.byteLength; kib++) {
            if (received.take(peer)) continue
            stream.abort(tooMuch())
            return
          }
        })
        return handler(stream, connection)
      },
      options,
    )

  const openStream: typeof connectionManager.openStream = async (peer, protocol, options) => {
    try {
      const stream = await connectionManager.openStream(peer, protocol, options)
      limitAnswer(stream)
      return stream
    } catch (error) {
      // A linked server that answers no more has stepped down.
      if (error instanceof Error && error.name === 'UnsupportedProtocolError') forget(peer as PeerId)
      throw error
    }
  }

  return {
    peerId: components.peerId,
    privateKey: components.privateKey,
    addressManager: components.addressManager,
    events: components.events,
    logger: components.logger,
    datastore: records,
    registrar: overriding(registrar, { handle }),
    connectionManager: overriding(connectionManager, { openStream }),
    peerStore: overriding(peerStore, createDhtPeerStore(components, monotonicMs)),
    ping: overriding(ping, {
      async ping(peerId, options) {
        if (!isLinked(peerId as PeerId) && !wantsContact()) throw notServing()
        const roundTripMs = await ping.ping(peerId, options)
        const { protocols } = await peerStore.get(peerId as PeerId)
        if (!protocols.includes(KAD_PROTOCOL)) throw notServing()
        return roundTripMs
      },
    }),
  }
}

function limitAnswer(stream: Stream): void {
  let bytes = 0
  stream.addEventListener('message', ({ data }) => {
    bytes += data.byteLength
    if (bytes > MAX_KAD_ANSWER_BYTES) stream.abort(tooMuch())
  })
}

/** An object with some of its methods replaced. */
function overriding<T extends object>(base: T, own: Partial<T>): T {
  return new Proxy(base, {
    get(target, name) {
      if (name in own) return Reflect.get(own, name) as unknown
      const value = Reflect.get(target, name) as unknown
      return typeof value === 'function' ? (value.bind(target) as unknown) : value
    },
  })
}

function tooMuch(): LoremeshError {
  return new LoremeshError('rate-limited', 'Too much for the DHT', 'Ask less often')
}

function notServing(): LoremeshError {
  return new LoremeshError('unavailable', 'The peer is no server of the DHT that is wanted')
}
