import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { createSocket } from 'node:dgram'

const MAGIC_COOKIE = 0x2112a442
const ALLOCATE = { request: 0x0003, success: 0x0103, error: 0x0113 } as const
const USERNAME = 0x0006
const MESSAGE_INTEGRITY = 0x0008
const ERROR_CODE = 0x0009
const LIFETIME = 0x000d
const REALM = 0x0014
const NONCE = 0x0015
const XOR_RELAYED_ADDRESS = 0x0016
const XOR_MAPPED_ADDRESS = 0x0020
const HEADER_BYTES = 20
const INTEGRITY_BYTES = 24
const REALM_NAME = 'loremesh.test'

interface Endpoint {
  readonly address: string
  readonly port: number
}

export interface TurnServer {
  /** As ICE servers are named. */
  readonly url: string
  /** Requests for an address that were refused although they came with credentials. */
  refusals(): number
  stop(): void
}

/**
 * A TURN server on loopback that gives everybody the address `relayedAt` (Allocate of RFC 8656 over UDP), and relays
 * nothing. It takes whom `withTurnCredentials` gave credentials with the same secret: the long-term mechanism of RFC 8489
 * with a username that is the time, in seconds, until which it holds.
 */
export async function startTurnServer(secret: string, relayedAt: Endpoint): Promise<TurnServer> {
  const socket = createSocket('udp4')
  const nonce = randomBytes(16).toString('hex')
  let refusals = 0

  function answer(request: Buffer, from: Endpoint): Buffer {
    const attributes = readAttributes(request)
    const username = attributes.get(USERNAME)?.value.toString()
    // The first request of a client has none, for only the answer tells it the realm.
    if (username === undefined) return refuse(request, nonce)
    const key = longTermKey(secret, username)
    const isFresh = Number(username) * 1_000 > Date.now() && attributes.get(NONCE)?.value.toString() === nonce
    if (!isFresh || !isIntact(request, attributes, key)) {
      refusals += 1
      return refuse(request, nonce)
    }
    const lifetime = Buffer.alloc(4)
    lifetime.writeUInt32BE(600)
    return withIntegrity(
      encode(ALLOCATE.success, request, [
        [XOR_RELAYED_ADDRESS, xorAddress(relayedAt)],
        [XOR_MAPPED_ADDRESS, xorAddress(from)],
        [LIFETIME, lifetime],
      ]),
      key,
    )
  }

  socket.on('message', (request, from) => {
    if (request.length < HEADER_BYTES || request.readUInt16BE(0) !== ALLOCATE.request) return
    socket.send(answer(request, from), from.port, from.address)
  })
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve))
  return {
    url: `turn:127.0.0.1:${socket.address().port}`,
    refusals: () => refusals,
    stop: () => socket.close(),
  }
}

/** The key of the long-term mechanism, for the password that coturn makes of the secret and a username. */
function longTermKey(secret: string, username: string): Buffer {
  const password = createHmac('sha1', secret).update(username).digest('base64')
  return createHash('md5').update(`${username}:${REALM_NAME}:${password}`).digest()
}

/** 401, with what a client needs to ask again. */
function refuse(request: Buffer, nonce: string): Buffer {
  const code = Buffer.concat([Buffer.from([0, 0, 4, 1]), Buffer.from('Unauthorized')])
  return encode(ALLOCATE.error, request, [
    [ERROR_CODE, code],
    [REALM, Buffer.from(REALM_NAME)],
    [NONCE, Buffer.from(nonce)],
  ])
}

/** Attributes by type, with where each begins. */
function readAttributes(
  message: Buffer,
): ReadonlyMap<number, { readonly at: number; readonly value: Buffer }> {
  const attributes = new Map<number, { readonly at: number; readonly value: Buffer }>()
  for (let at = HEADER_BYTES; at + 4 <= message.length;) {
    const length = message.readUInt16BE(at + 2)
    attributes.set(message.readUInt16BE(at), { at, value: message.subarray(at + 4, at + 4 + length) })
    at += 4 + Math.ceil(length / 4) * 4
  }
  return attributes
}

/** Whether the request's MESSAGE-INTEGRITY was made with the key: over all before it, as if the message ended with it. */
function isIntact(request: Buffer, attributes: ReturnType<typeof readAttributes>, key: Buffer): boolean {
  const integrity = attributes.get(MESSAGE_INTEGRITY)
  if (integrity === undefined) return false
  const expected = integrityOf(request.subarray(0, integrity.at), key)
  return expected.length === integrity.value.length && timingSafeEqual(expected, integrity.value)
}

function integrityOf(before: Buffer, key: Buffer): Buffer {
  const covered = Buffer.from(before)
  covered.writeUInt16BE(before.length - HEADER_BYTES + INTEGRITY_BYTES, 2)
  return createHmac('sha1', key).update(covered).digest()
}

function withIntegrity(message: Buffer, key: Buffer): Buffer {
  const head = Buffer.from([0, MESSAGE_INTEGRITY, 0, INTEGRITY_BYTES - 4])
  const whole = Buffer.concat([message, head, integrityOf(message, key)])
  whole.writeUInt16BE(whole.length - HEADER_BYTES, 2)
  return whole
}

/** A message of this type that answers the request. */
function encode(type: number, request: Buffer, attributes: readonly (readonly [number, Buffer])[]): Buffer {
  const body = Buffer.concat(attributes.map(attribute))
  const message = Buffer.concat([Buffer.from(request.subarray(0, HEADER_BYTES)), body])
  message.writeUInt16BE(type, 0)
  message.writeUInt16BE(body.length, 2)
  return message
}

/** Type, length and value, filled up to a multiple of four bytes. */
function attribute([type, value]: readonly [number, Buffer]): Buffer {
  const bytes = Buffer.alloc(4 + Math.ceil(value.length / 4) * 4)
  bytes.writeUInt16BE(type, 0)
  bytes.writeUInt16BE(value.length, 2)
  value.copy(bytes, 4)
  return bytes
}

function xorAddress({ address, port }: Endpoint): Buffer {
  const bytes = Buffer.from([0, 1, 0, 0, ...address.split('.').map(Number)])
  bytes.writeUInt16BE(port ^ (MAGIC_COOKIE >>> 16), 2)
  bytes.writeUInt32BE((bytes.readUInt32BE(4) ^ MAGIC_COOKIE) >>> 0, 4)
  return bytes
}
