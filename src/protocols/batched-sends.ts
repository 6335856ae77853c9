/*
 * libp2p hands every piece on at once: a frame of a stream becomes a message of noise, that one's length and its bytes two
 * messages of the WebSocket, and each of them a write of the socket. What is sent within one turn of the event loop goes
 * together instead, which is half of what small requests and answers cost. The bytes on the wire are the same.
 */

import { toLoremeshError } from '../domain/kernel/errors.ts'

/** Bytes in one piece or in several. */
interface Bytes {
  readonly byteLength: number
  subarray(): Uint8Array
}

/** What is used of a libp2p `MessageStream`. */
interface Sender {
  readonly writableNeedsDrain: boolean
  readonly status: string
  send(data: Bytes): boolean
  close(options?: object): Promise<void>
  abort(error: Error): void
}

/** What is used of a libp2p `ConnectionEncrypter`. */
interface Encrypter {
  secureInbound(connection: Sender, options?: object): Promise<{ readonly connection: Sender }>
  secureOutbound(connection: Sender, options?: object): Promise<{ readonly connection: Sender }>
}

/** Runs a function soon, but after what is under way. */
export type Defer = (run: () => void) => unknown

/** The encrypter, on whose connections everything that is sent before `defer` runs becomes one message. */
export function inBatches<Components, Kind extends Encrypter>(
  create: (components: Components) => Kind,
  defer: Defer,
): (components: Components) => Kind {
  return (components) => {
    const encrypter = create(components)
    for (const secure of ['secureInbound', 'secureOutbound'] as const) {
      const secureOne = encrypter[secure].bind(encrypter)
      encrypter[secure] = async (connection, options) => {
        sendWhole(connection)
        const secured = await secureOne(connection, options)
        sendTogether(secured.connection, defer)
        return secured
      }
    }
    return encrypter
  }
}

/** Lets a connection send in one message what it is given at once. */
function sendWhole(connection: Sender): void {
  const send = connection.send.bind(connection)
  connection.send = (data) => send(data.subarray())
}

/** Lets a connection send in one message what it is given until `defer` runs, or until it is closed. */
function sendTogether(connection: Sender, defer: Defer): void {
  const send = connection.send.bind(connection)
  const close = connection.close.bind(connection)
  let waiting: Uint8Array[] = []

  function flush(): void {
    const pieces = waiting
    waiting = []
    if (pieces.length === 0 || connection.status !== 'open') return
    try {
      send(join(pieces))
    } catch (error) {
      // What it runs over has closed meanwhile, and nobody waits here for what it has to say.
      connection.abort(toLoremeshError(error))
    }
  }

  connection.send = (data) => {
    // Throws what it has to say.
    if (connection.status !== 'open') return send(data)
    if (waiting.length === 0) defer(flush)
    waiting.push(data.subarray())
    return !connection.writableNeedsDrain
  }
  connection.close = (options) => {
    flush()
    return close(options)
  }
}

function join(pieces: readonly Uint8Array[]): Uint8Array {
  const [first] = pieces
  if (first !== undefined && pieces.length === 1) return first
  const joined = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0))
  let offset = 0
  for (const piece of pieces) {
    joined.set(piece, offset)
    offset += piece.length
  }
  return joined
}
