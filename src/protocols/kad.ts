import { contextHashToDigest, hashText, type ContextHash } from '../domain/content/context-hash.ts'
import { bytesEqual } from '../domain/kernel/bytes.ts'
import { LoremeshError } from '../domain/kernel/errors.ts'
import { concatBytes } from '@noble/hashes/utils.js'

/** The DHT of this network alone: one shared with others would merge with theirs. */
export const KAD_PROTOCOL = '/loremesh/kad/1.0.0'
/** Peers in a bucket, and how many servers, the closest ones, keep a record. */
export const KAD_BUCKET_SIZE = 8
/** Largest answer: 8 closer peers and 32 providers with all of their addresses. */
export const MAX_KAD_ANSWER_BYTES = 65_536
/** What servers of the DHT announce to trackers and neighbours, by which others find the first ones to ask. */
export const DHT_RENDEZVOUS: ContextHash = hashText('loremesh/dht-servers/1')

const SHA2_256 = [0x12, 0x20]

/** Message types of the Kademlia specification of libp2p. */
const ADD_PROVIDER = 2
const GET_PROVIDERS = 3
const FIND_NODE = 4

/** Numbers of the fields that are written or read here. */
const TYPE = 1
const KEY = 2
const CLOSER = 8
const PROVIDERS = 9
const PEER_ID = 1
const PEER_ADDRESS = 2

/** A peer in an answer: its id as the bytes of a multihash, and multiaddrs. */
export interface KadPeer {
  readonly id: Uint8Array
  readonly addresses: readonly Uint8Array[]
}

/** What an answer says. */
export interface KadAnswer {
  readonly closer: readonly KadPeer[]
  readonly providers: readonly KadPeer[]
}

/** The key of a context in the DHT: the multihash of its SHA-256, as in its CID. */
export function contextKey(contextHash: ContextHash): Uint8Array {
  return Uint8Array.from([...SHA2_256, ...contextHashToDigest(contextHash)])
}

/** The message that says that a peer, the sender, provides what has this key. It is not answered. */
export function encodeAddProvider(key: Uint8Array, provider: KadPeer): Uint8Array {
  const addresses = provider.addresses.map((address) => bytesField(PEER_ADDRESS, address))
  const peer = concatBytes(bytesField(PEER_ID, provider.id), ...addresses)
  return concatBytes(varintField(TYPE, ADD_PROVIDER), bytesField(KEY, key), bytesField(PROVIDERS, peer))
}

/** The question who provides what has this key. */
export function encodeGetProviders(key: Uint8Array): Uint8Array {
  return concatBytes(varintField(TYPE, GET_PROVIDERS), bytesField(KEY, key))
}

/** The question which servers are closest to this key. */
export function encodeFindNode(key: Uint8Array): Uint8Array {
  return concatBytes(varintField(TYPE, FIND_NODE), bytesField(KEY, key))
}

/** The peers that an answer names, not checked in any way. Throws `message-too-large` or `bad-encoding`. */
export function parseKadAnswer(wire: Uint8Array): KadAnswer {
  if (wire.length > MAX_KAD_ANSWER_BYTES) {
    throw new LoremeshError('message-too-large', `The answer has ${wire.length} bytes`)
  }
  const fields = readFields(wire)
  const peersIn = (wanted: number) =>
    fields.filter(({ field }) => field === wanted).map(({ value }) => readPeer(value))
  return { closer: peersIn(CLOSER), providers: peersIn(PROVIDERS) }
}

/** Whether an answer names this peer as a provider. */
export function namesProvider({ providers }: KadAnswer, id: Uint8Array): boolean {
  return providers.some((provider) => bytesEqual(provider.id, id))
}

function readPeer(message: Uint8Array): KadPeer {
  const fields = readFields(message)
  const valuesOf = (wanted: number) =>
    fields.filter(({ field }) => field === wanted).map(({ value }) => value)
  const [id] = valuesOf(PEER_ID)
  if (id === undefined) throw malformed()
  return { id, addresses: valuesOf(PEER_ADDRESS) }
}

function varintField(field: number, value: number): Uint8Array {
  return Uint8Array.from([...toVarint(field << 3), ...toVarint(value)])
}

function bytesField(field: number, value: Uint8Array): Uint8Array {
  return concatBytes(Uint8Array.from([...toVarint((field << 3) | 2), ...toVarint(value.length)]), value)
}

function toVarint(value: number): readonly number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...toVarint(value >>> 7)]
}

interface BytesField {
  readonly field: number
  readonly value: Uint8Array
}

/** The fields of a protobuf message that hold bytes; numbers are skipped. Throws `bad-encoding`. */
function readFields(message: Uint8Array): readonly BytesField[] {
  const fields: BytesField[] = []
  let at = 0

  function readVarint(): number {
    let value = 0
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = message[at++]
      if (byte === undefined) break
      value += (byte & 0x7f) * 2 ** shift
      if (byte < 0x80) return value
    }
    throw malformed()
  }

  while (at < message.length) {
    const tag = readVarint()
    if ((tag & 7) === 0) {
      readVarint()
      continue
    }
    if ((tag & 7) !== 2) throw malformed()
    const end = readVarint() + at
    if (end > message.length) throw malformed()
    fields.push({ field: Math.floor(tag / 8), value: message.subarray(at, end) })
    at = end
  }
  return fields
}

function malformed(): LoremeshError {
  return new LoremeshError('bad-encoding', 'The answer is not a message of the DHT')
}
