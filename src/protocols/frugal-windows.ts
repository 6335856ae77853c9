/*
 * A receiver of yamux tells the sender again and again how much more it may send. libp2p's does so after every frame, in a
 * message of its own, which doubles the messages of small requests and answers. Once half of the window is used is early
 * enough.
 */

/** What is used of a yamux stream of libp2p. It is not published. */
interface WindowedStream {
  /** Bytes that the other side may send altogether, and that are left of them. */
  readonly recvWindow: number
  readonly recvWindowCapacity: number
  sendWindowUpdate(): void
}

/** The one method of a yamux muxer through which all its streams come into being. It is not published. */
interface StreamMaker {
  _newStream(...args: readonly unknown[]): WindowedStream
}

interface MuxerFactory {
  createStreamMuxer(connection: never): object
}

/** Yamux whose streams tell only of half a window that has become free. */
export function withFrugalWindows<Components, Kind extends MuxerFactory>(
  create: (components: Components) => Kind,
): (components: Components) => Kind {
  return (components) => {
    const factory = create(components)
    const createMuxer = factory.createStreamMuxer.bind(factory)
    factory.createStreamMuxer = (connection) => {
      const muxer = createMuxer(connection)
      const internals = muxerInternals(muxer)
      const makeStream = internals._newStream.bind(muxer)
      internals._newStream = (...args) => tellSeldom(makeStream(...args))
      return muxer
    }
    return factory
  }
}

function tellSeldom<Kind extends WindowedStream>(stream: Kind): Kind {
  const tell = stream.sendWindowUpdate.bind(stream)
  let isOpened = false
  stream.sendWindowUpdate = () => {
    // The first one opens or accepts the stream.
    if (isOpened && stream.recvWindowCapacity * 2 >= stream.recvWindow) return
    isOpened = true
    tell()
  }
  return stream
}

function muxerInternals(muxer: object): StreamMaker {
  if (!('_newStream' in muxer) || typeof muxer._newStream !== 'function') {
    throw new Error('@libp2p/yamux has changed: check how often a stream tells its window')
  }
  return muxer as StreamMaker
}
