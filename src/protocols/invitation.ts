import * as v from 'valibot'
import {
  accountToPeerId,
  peerIdToAccount,
  toAccount,
  type Account,
  type PeerId,
} from '../domain/identity/account.ts'
import { base64urlToBytes, bytesToBase64url } from '../domain/kernel/base64url.ts'
import { bytesEqual, bytesToHexText } from '../domain/kernel/bytes.ts'
import { encodeCbor, type CborValue } from '../domain/kernel/cbor.ts'
import { LoremeshError } from '../domain/kernel/errors.ts'
import { parseGenesis } from '../domain/ledger/genesis-json.ts'
import { MAX_AUTHORITIES, networkIdOf, type Genesis } from '../domain/ledger/genesis.ts'
import { MAX_KNOWN_ADDRESSES, type SeenPeer } from '../domain/network/known-peers.ts'
import { MAX_ADDRESS_CHARS } from '../domain/tracker/announcement.ts'
import { amount, decodeMessage, exactBytes, integer, parseMessage, text } from './message.ts'
import type { NetworkInfo } from './network-info.ts'

/*
 * An invitation: what a link or a QR code tells of a network, so that somebody may join while its servers are down.
 * base64url of the CBOR value
 *   [1, [key, …], [name, createdAtMs, authorities, starterGrant, pricePerKb, paymentWindowMs, checkpointIntervalMs,
 *   creditLine, decayPerDayPpm, decayExempt], bootstrap, trackers, authorities, [stun url, …], private, peers]
 * Every key stands once, in the first list, and is an index elsewhere. An address is [text, key], without the /p2p/<id>
 * that it ends in; a peer is [key, [text, …]]. TURN servers, which have credentials, are left out.
 */

const VERSION = 1
/** A QR code of this length is still read off a screen. */
const MAX_INVITATION_CHARS = 2_000
/** Peers that an invitation names. */
export const MAX_INVITED_PEERS = 6
const MAX_SERVERS = 16
const MAX_STUN_SERVERS = 4
const MAX_KEYS = 64

/** What an invitation says. */
export interface Invitation {
  readonly network: NetworkInfo
  /** Peers that listen, one of which may be there while no server is. */
  readonly peers: readonly SeenPeer[]
}

const index = integer(0, MAX_KEYS - 1)
const words = v.pipe(text(MAX_ADDRESS_CHARS), v.regex(/^[\x21-\x7e]*$/, 'not an address'))
const addresses = v.pipe(v.array(v.strictTuple([words, index])), v.maxLength(MAX_SERVERS))
const wholeNumber = integer(0, Number.MAX_SAFE_INTEGER)
const schema = v.strictTuple([
  v.literal(VERSION),
  v.pipe(v.array(exactBytes(32)), v.maxLength(MAX_KEYS)),
  v.strictTuple([
    v.string(),
    wholeNumber,
    v.pipe(v.array(index), v.maxLength(MAX_AUTHORITIES)),
    amount,
    amount,
    wholeNumber,
    wholeNumber,
    amount,
    wholeNumber,
    amount,
  ]),
  addresses,
  v.pipe(v.array(index), v.maxLength(MAX_SERVERS)),
  addresses,
  v.pipe(v.array(words), v.maxLength(MAX_STUN_SERVERS)),
  v.boolean(),
  v.pipe(
    v.array(v.strictTuple([index, v.pipe(v.array(words), v.maxLength(MAX_KNOWN_ADDRESSES))])),
    v.maxLength(MAX_INVITED_PEERS),
  ),
])

/** The text of an invitation: with as many of the peers, from the first on, as the limit on its length admits. */
export function encodeInvitation({ network, peers }: Invitation): string {
  for (let count = Math.min(peers.length, MAX_INVITED_PEERS); ; count--) {
    const code = bytesToBase64url(encode(network, peers.slice(0, count)))
    if (code.length <= MAX_INVITATION_CHARS || count === 0) return code
  }
}

function encode(network: NetworkInfo, peers: readonly SeenPeer[]): Uint8Array {
  const keys: Account[] = []
  const places = new Map<string, number>()
  function place(key: Account): number {
    const name = bytesToHexText(key)
    const known = places.get(name)
    if (known !== undefined) return known
    places.set(name, keys.length)
    return keys.push(key) - 1
  }
  const server = (address: string): CborValue => {
    const id = address.slice(address.lastIndexOf('/') + 1)
    return [withoutPeerId(address, id), place(peerIdToAccount(id))]
  }
  const { genesis } = network
  const { name, createdAtMs, starterGrant, pricePerKb, paymentWindowMs } = genesis
  const { checkpointIntervalMs, creditLine, decayPerDayPpm, decayExempt } = genesis
  const beginning = [name, createdAtMs, genesis.authorities.map(place), starterGrant, pricePerKb]
  const rest = [paymentWindowMs, checkpointIntervalMs, creditLine, decayPerDayPpm, decayExempt]
  const bootstrap = network.bootstrap.slice(0, MAX_SERVERS).map(server)
  const trackers = network.trackers.slice(0, MAX_SERVERS).map((id) => place(peerIdToAccount(id)))
  const authorities = network.authorities.slice(0, MAX_SERVERS).map(server)
  const stun = network.iceServers.filter(({ credential }) => credential === undefined)
  const invited = peers.map(({ peerId, addresses }) => [
    place(peerIdToAccount(peerId)),
    addresses.slice(0, MAX_KNOWN_ADDRESSES).map((address) => withoutPeerId(address, peerId)),
  ])
  return encodeCbor([
    VERSION,
    keys,
    [...beginning, ...rest],
    bootstrap,
    trackers,
    authorities,
    stun.slice(0, MAX_STUN_SERVERS).map(({ urls }) => urls),
    network.allowPrivateAddresses,
    invited,
  ])
}

function withoutPeerId(address: string, id: string): string {
  const end = `/p2p/${id}`
  return address.endsWith(end) ? address.slice(0, -end.length) : address
}

/** Reads an invitation, or a link that ends in one. Throws `message-too-large`, `bad-encoding` or `bad-input`. */
export function parseInvitation(link: string): Invitation {
  const code = link.slice(link.lastIndexOf('/') + 1).trim()
  if (code.length > MAX_INVITATION_CHARS) {
    throw new LoremeshError('message-too-large', 'The invitation is longer than any that Loremesh makes')
  }
  const value = decodeMessage(base64urlToBytes(code), MAX_INVITATION_CHARS)
  const [, keys, genesis, bootstrap, trackers, authorities, stun, isPrivate, peers] = parseMessage(
    schema,
    value,
  )
  function keyAt(place: number): Account {
    const key = keys[place]
    if (key === undefined) throw new LoremeshError('bad-encoding', 'The invitation names a key that it lacks')
    return toAccount(key)
  }
  const idAt = (place: number): PeerId => accountToPeerId(keyAt(place))
  const addressOf = ([words, place]: readonly [string, number]) => `${words}/p2p/${idAt(place)}`
  return {
    network: {
      genesis: readGenesis(genesis, keyAt),
      protocols: [],
      bootstrap: bootstrap.map(addressOf),
      trackers: trackers.map(idAt),
      authorities: authorities.map(addressOf),
      iceServers: stun.map((urls) => ({ urls })),
      allowPrivateAddresses: isPrivate,
    },
    peers: peers.map(([place, texts]) => ({
      peerId: idAt(place),
      addresses: texts.map((words) => addressOf([words, place])),
    })),
  }
}

/** Held to the same rules as one that a server publishes. */
function readGenesis(fields: v.InferOutput<typeof schema>[2], keyAt: (place: number) => Account): Genesis {
  const [name, createdAtMs, authorities, starterGrant, pricePerKb, paymentWindowMs] = fields
  const [, , , , , , checkpointIntervalMs, creditLine, decayPerDayPpm, decayExempt] = fields
  return parseGenesis({
    name,
    createdAtMs,
    authorities: authorities.map((place) => bytesToHexText(keyAt(place))),
    starterGrant: starterGrant.toString(),
    pricePerKb: pricePerKb.toString(),
    paymentWindowMs,
    checkpointIntervalMs,
    creditLine: creditLine.toString(),
    decayPerDayPpm,
    decayExempt: decayExempt.toString(),
  })
}

/** Throws `bad-input` when an invitation leads to another network than the one that is joined. */
export function assertSameNetwork(invited: NetworkInfo, known: NetworkInfo): void {
  if (bytesEqual(networkIdOf(invited.genesis), networkIdOf(known.genesis))) return
  throw new LoremeshError(
    'bad-input',
    'The invitation leads into another network than that of this server',
    'Open the whole link as it was sent, or ask for a new one',
  )
}
