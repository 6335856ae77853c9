import { createSocket } from 'node:dgram'

const MAGIC_COOKIE = 0x2112a442
const BINDING_REQUEST = 0x0001
const BINDING_SUCCESS = 0x0101
const XOR_MAPPED_ADDRESS = 0x0020

export interface StunServer {
  /** As ICE servers are named. */
  readonly url: string
  stop(): void
}

/**
 * A STUN server on loopback that tells everybody to be seen at `seenAt` (RFC 8489), as if a NAT stood between. It is told
 * apart from the host's own address by it.
 */
export async function startStunServer(seenAt: {
  readonly address: string
  readonly port: number
}): Promise<StunServer> {
  const socket = createSocket('udp4')
  socket.on('message', (request, { address, port }) => {
    if (request.length < 20 || request.readUInt16BE(0) !== BINDING_REQUEST) return
    socket.send(answer(request.subarray(4, 20), seenAt), port, address)
  })
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve))
  return { url: `stun:127.0.0.1:${socket.address().port}`, stop: () => socket.close() }
}

/** The answer to a request with this cookie and transaction. */
function answer(transaction: Buffer, seenAt: { readonly address: string; readonly port: number }): Buffer {
  const message = Buffer.alloc(32)
  message.writeUInt16BE(BINDING_SUCCESS, 0)
  message.writeUInt16BE(12, 2)
  transaction.copy(message, 4)
  message.writeUInt16BE(XOR_MAPPED_ADDRESS, 20)
  message.writeUInt16BE(8, 22)
  message.writeUInt8(0x01, 25)
  message.writeUInt16BE(seenAt.port ^ (MAGIC_COOKIE >>> 16), 26)
  const address = Buffer.from(seenAt.address.split('.').map(Number)).readUInt32BE()
  message.writeUInt32BE((address ^ MAGIC_COOKIE) >>> 0, 28)
  return message
}
