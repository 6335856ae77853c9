/*
 * libp2p's WebSocket transport resets a connection by `close(1006)`, a code that may not be given, which throws: the
 * connection counts as aborted, but the socket stays open for as long as the other side likes. So whoever is cut off would
 * keep its socket.
 */

/** What is used of a connection over a WebSocket. It is not published. */
interface SocketConnection {
  readonly websocket: { close(): void }
  sendReset(): void
}

/** What is used of a libp2p `ConnectionEncrypter`, which is the first to get every connection. */
interface Encrypter {
  secureInbound(connection: object, ...rest: readonly unknown[]): unknown
  secureOutbound(connection: object, ...rest: readonly unknown[]): unknown
}

/** The encrypter, on whose connections a reset closes the WebSocket. */
export function closingSockets<Components, Kind extends Encrypter>(
  create: (components: Components) => Kind,
): (components: Components) => Kind {
  return (components) => {
    const encrypter = create(components)
    for (const secure of ['secureInbound', 'secureOutbound'] as const) {
      const secureOne = encrypter[secure].bind(encrypter)
      encrypter[secure] = (connection: object, ...rest: readonly unknown[]) => {
        if (isSocketConnection(connection)) connection.sendReset = () => connection.websocket.close()
        return secureOne(connection, ...rest)
      }
    }
    return encrypter
  }
}

/** Throws when the installed transport does not reset its sockets in the way that is mended here. */
function isSocketConnection(connection: object): connection is SocketConnection {
  if (!('websocket' in connection)) return false
  if (!('sendReset' in connection) || typeof connection.sendReset !== 'function') {
    throw new Error('@libp2p/websockets has changed: check how a connection is reset')
  }
  return true
}
