import { expect, it } from 'vitest'
import { closingSockets } from '../../../src/protocols/socket-reset.ts'

/** An encrypter that hands connections on as they come. */
function open() {
  const seen: object[] = []
  const secure = (connection: object) => void seen.push(connection)
  return { seen, encrypter: closingSockets(() => ({ secureInbound: secure, secureOutbound: secure }))({}) }
}

/** A connection as libp2p makes it over a WebSocket, which takes no code of its own for an abnormal end. */
function socketConnection() {
  const closed: unknown[] = []
  const websocket = {
    close(code?: number) {
      if (code === 1006) throw new RangeError('First argument must be a valid error code number')
      closed.push(code)
    },
  }
  return { closed, websocket, sendReset: () => websocket.close(1006) }
}

it.each(['secureInbound', 'secureOutbound'] as const)(
  'a reset closes the socket of a connection (%s)',
  (secure) => {
    const { seen, encrypter } = open()
    const connection = socketConnection()
    expect(() => connection.sendReset()).toThrow(RangeError)
    encrypter[secure](connection)
    connection.sendReset()
    expect([connection.closed, seen]).toEqual([[undefined], [connection]])
  },
)

it('connections of other transports stay as they are', () => {
  const { encrypter } = open()
  const connection = { sendReset: () => undefined }
  const { sendReset } = connection
  encrypter.secureInbound(connection)
  expect(connection.sendReset).toBe(sendReset)
})

it('says so when the transport resets its sockets in another way', () => {
  const { encrypter } = open()
  expect(() => encrypter.secureInbound({ websocket: {} })).toThrow('has changed')
})
