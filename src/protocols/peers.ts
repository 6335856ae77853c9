import * as v from 'valibot'
import { contextHashToDigest, type ContextHash } from '../domain/content/context-hash.ts'
import { accountToPeerId, peerIdToAccount, toAccount, type PeerId } from '../domain/identity/account.ts'
import { encodeCbor } from '../domain/kernel/cbor.ts'
import { LoremeshError } from '../domain/kernel/errors.ts'
import { MAX_ADDRESS_CHARS } from '../domain/tracker/announcement.ts'
import {
  contextHash,
  decodeMessage,
  exactBytes,
  integer,
  messageType,
  parseMessage,
  text,
} from './message.ts'

/*
 * /loremesh/peers/1.0.0: what a linked peer knows of others. In the envelope of exchange.ts.
 *   1 holders  digest, numwant
 *   2 peers    numwant
 *     answer   [[key, [address, …]], …]
 * The addresses of a peer lead to it through the one who answers. Who answers a request for holders and has the context
 * itself stands first, without an address: it is linked.
 */

export const PEERS_PROTOCOL = '/loremesh/peers/1.0.0'
export const MAX_PEERS_REQUEST_BYTES = 64
/** Peers in one answer: as many as a peer has links. */
export const MAX_INTRODUCED_PEERS = 32
/** Addresses of one of them. */
const MAX_INTRODUCTIONS = 2
export const MAX_PEERS_ANSWER_BYTES =
  MAX_INTRODUCED_PEERS * (MAX_INTRODUCTIONS * (MAX_ADDRESS_CHARS + 3) + 40)

const TYPE = { holders: 1, peers: 2 } as const

/** What a peer asks a linked one. */
export type PeersRequest =
  | { readonly type: 'holders'; readonly contextHash: ContextHash; readonly numwant: number }
  | { readonly type: 'peers'; readonly numwant: number }

/** A peer, and the multiaddrs that lead to it through the one who answers. */
export interface IntroducedPeer {
  readonly peerId: PeerId
  readonly addresses: readonly string[]
}

const numwant = integer(1, MAX_INTRODUCED_PEERS)
const holdersSchema = v.strictTuple([v.literal(TYPE.holders), contextHash, numwant])
const peersSchema = v.strictTuple([v.literal(TYPE.peers), numwant])
const address = v.pipe(text(MAX_ADDRESS_CHARS), v.regex(/^[\x21-\x7e]*$/, 'not an address'))
const answerSchema = v.pipe(
  v.array(
    v.strictTuple([
      v.pipe(
        exactBytes(32),
        v.transform((key) => accountToPeerId(toAccount(key))),
      ),
      v.pipe(v.array(address), v.maxLength(MAX_INTRODUCTIONS)),
    ]),
  ),
  v.maxLength(MAX_INTRODUCED_PEERS),
)

/** Body of a request. */
export function encodePeersRequest(request: PeersRequest): Uint8Array {
  switch (request.type) {
    case 'holders':
      return encodeCbor([TYPE.holders, contextHashToDigest(request.contextHash), request.numwant])
    case 'peers':
      return encodeCbor([TYPE.peers, request.numwant])
  }
}

/** Parses a request's body; throws `message-too-large` or `bad-encoding`. */
export function parsePeersRequest(body: Uint8Array): PeersRequest {
  const value = decodeMessage(body, MAX_PEERS_REQUEST_BYTES)
  switch (messageType(value)) {
    case TYPE.holders: {
      const [, contextHash, numwant] = parseMessage(holdersSchema, value)
      return { type: 'holders', contextHash, numwant }
    }
    case TYPE.peers: {
      const [, numwant] = parseMessage(peersSchema, value)
      return { type: 'peers', numwant }
    }
    default:
      throw new LoremeshError('bad-encoding', 'The message is no question about peers')
  }
}

/** Body of an answer. */
export function encodePeersAnswer(peers: readonly IntroducedPeer[]): Uint8Array {
  return encodeCbor(
    peers
      .slice(0, MAX_INTRODUCED_PEERS)
      .map(({ peerId, addresses }) => [
        peerIdToAccount(peerId),
        addresses.filter(({ length }) => length <= MAX_ADDRESS_CHARS).slice(0, MAX_INTRODUCTIONS),
      ]),
  )
}

/** Parses an answer's body; throws `message-too-large` or `bad-encoding`. */
export function parsePeersAnswer(body: Uint8Array): readonly IntroducedPeer[] {
  const value = decodeMessage(body, MAX_PEERS_ANSWER_BYTES)
  return parseMessage(answerSchema, value).map(([peerId, addresses]) => ({ peerId, addresses }))
}
