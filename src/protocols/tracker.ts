import * as v from 'valibot'
import { contextHashToDigest, MAX_CONTEXT_BYTES, type ContextHash } from '../domain/content/context-hash.ts'
import { peerIdToAccount, toAccount, accountToPeerId, type PeerId } from '../domain/identity/account.ts'
import { encodeCbor, type CborValue } from '../domain/kernel/cbor.ts'
import { LoremeshError } from '../domain/kernel/errors.ts'
import { MAX_ADDRESSES, MAX_ADDRESS_CHARS, type Announcement } from '../domain/tracker/announcement.ts'
import { SET_DIGEST_BYTES } from '../domain/tracker/set-digest.ts'
import type { AnnounceReply, Holder, SwarmPeer } from '../domain/tracker/tracker.ts'
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
 * /loremesh/tracker/1.0.0: who is online and shares what. In the envelope of exchange.ts; the requester is the stream's
 * authenticated peer.
 *   1 announce   reset, [[digest, sizeBytes], …], [digest, …], setDigest, [address, …]
 *     answer     resync, intervalMs, peers_online, contexts_total
 *   2 scrape     digest, numwant
 *     answer     total_peers, [[…peer, sizeBytes], …]
 *   3 peer list  numwant
 *     answer     [peer, …]
 *   peer         key, [address, …], reputation, uptime_pct, latency_ms (null when unknown), contexts
 * The price of a context (the requirement's token_cost) follows from its size by the network's one price rule.
 */

export const TRACKER_PROTOCOL = '/loremesh/tracker/1.0.0'
export const MAX_TRACKER_REQUEST_BYTES = 262_144
export const MAX_TRACKER_ANSWER_BYTES = 262_144
/** Changes of one announcement, added and removed each; a longer list is sent in parts. */
export const MAX_ANNOUNCED_CHANGES = 3_000
export const MAX_NUMWANT = 50
/** How often peers announce, and after how long a silent one is gone. */
export const ANNOUNCE_INTERVAL_MS = 30_000
export const ANNOUNCE_TTL_MS = 90_000

const TYPE = { announce: 1, scrape: 2, peerList: 3 } as const

/** What a peer asks a tracker; who announces, and what is known of it, the tracker knows itself. */
export type TrackerRequest =
  | ({ readonly type: 'announce' } & Omit<Announcement<PeerId>, 'peerId' | 'seen'>)
  | { readonly type: 'scrape'; readonly contextHash: ContextHash; readonly numwant: number }
  | { readonly type: 'peer-list'; readonly numwant: number }

/** Answer to a scrape. */
export interface ScrapeReply {
  readonly totalPeers: number
  readonly peers: readonly Holder[]
}

const numwant = integer(1, MAX_NUMWANT)
const addresses = v.pipe(v.array(text(MAX_ADDRESS_CHARS)), v.maxLength(MAX_ADDRESSES))
const sizeBytes = integer(1, MAX_CONTEXT_BYTES)
const count = integer(0, Number.MAX_SAFE_INTEGER)
const changes = <TItem extends v.GenericSchema<unknown, unknown>>(item: TItem) =>
  v.pipe(v.array(item), v.maxLength(MAX_ANNOUNCED_CHANGES))

const announceSchema = v.strictTuple([
  v.literal(TYPE.announce),
  v.boolean(),
  changes(v.strictTuple([contextHash, sizeBytes])),
  changes(contextHash),
  exactBytes(SET_DIGEST_BYTES),
  addresses,
])
const scrapeSchema = v.strictTuple([v.literal(TYPE.scrape), contextHash, numwant])
const peerListSchema = v.strictTuple([v.literal(TYPE.peerList), numwant])

const peerFields = [
  v.pipe(
    exactBytes(32),
    v.transform((key) => accountToPeerId(toAccount(key))),
  ),
  addresses,
  v.pipe(v.number(), v.minValue(0), v.maxValue(1)),
  v.pipe(v.number(), v.minValue(0), v.maxValue(100)),
  v.nullable(v.pipe(v.number(), v.minValue(0))),
  count,
] as const
const peerSchema = v.strictTuple(peerFields)
const holderSchema = v.strictTuple([...peerFields, sizeBytes])

const announceReplySchema = v.strictTuple([v.boolean(), integer(1_000, 3_600_000), count, count])
const scrapeReplySchema = v.strictTuple([count, v.pipe(v.array(holderSchema), v.maxLength(MAX_NUMWANT))])
const peerListReplySchema = v.pipe(v.array(peerSchema), v.maxLength(MAX_NUMWANT))

/** Body of a request. */
export function encodeTrackerRequest(request: TrackerRequest): Uint8Array {
  switch (request.type) {
    case 'announce':
      return encodeCbor([
        TYPE.announce,
        request.reset,
        request.added.map((context) => [contextHashToDigest(context.contextHash), context.sizeBytes]),
        request.removed.map(contextHashToDigest),
        request.digest,
        request.addresses,
      ])
    case 'scrape':
      return encodeCbor([TYPE.scrape, contextHashToDigest(request.contextHash), request.numwant])
    case 'peer-list':
      return encodeCbor([TYPE.peerList, request.numwant])
  }
}

/** Parses a request's body; throws `message-too-large` or `bad-encoding`. */
export function parseTrackerRequest(body: Uint8Array): TrackerRequest {
  const value = decodeMessage(body, MAX_TRACKER_REQUEST_BYTES)
  switch (messageType(value)) {
    case TYPE.announce: {
      const [, reset, added, removed, digest, addresses] = parseMessage(announceSchema, value)
      return {
        type: 'announce',
        reset,
        added: added.map(([contextHash, sizeBytes]) => ({ contextHash, sizeBytes })),
        removed,
        digest,
        addresses,
      }
    }
    case TYPE.scrape: {
      const [, contextHash, numwant] = parseMessage(scrapeSchema, value)
      return { type: 'scrape', contextHash, numwant }
    }
    case TYPE.peerList: {
      const [, numwant] = parseMessage(peerListSchema, value)
      return { type: 'peer-list', numwant }
    }
    default:
      throw new LoremeshError('bad-encoding', 'The message is no request to a tracker')
  }
}

/** Body of the answer to an announcement. */
export function encodeAnnounceReply(reply: AnnounceReply): Uint8Array {
  return encodeCbor([reply.status === 'resync', reply.intervalMs, reply.peersOnline, reply.contextsTotal])
}

/** Parses the answer to an announcement; throws `message-too-large` or `bad-encoding`. */
export function parseAnnounceReply(body: Uint8Array): AnnounceReply {
  const value = decodeMessage(body, MAX_TRACKER_ANSWER_BYTES)
  const [resync, intervalMs, peersOnline, contextsTotal] = parseMessage(announceReplySchema, value)
  return { status: resync ? 'resync' : 'ok', intervalMs, peersOnline, contextsTotal }
}

/** Body of the answer to a scrape. */
export function encodeScrapeReply({ totalPeers, peers }: ScrapeReply): Uint8Array {
  return encodeCbor([totalPeers, peers.map((peer) => [...encodePeer(peer), peer.sizeBytes])])
}

/** Parses the answer to a scrape; throws `message-too-large` or `bad-encoding`. */
export function parseScrapeReply(body: Uint8Array): ScrapeReply {
  const value = decodeMessage(body, MAX_TRACKER_ANSWER_BYTES)
  const [totalPeers, peers] = parseMessage(scrapeReplySchema, value)
  return {
    totalPeers,
    peers: peers.map(([id, addresses, reputation, uptimePercent, latencyMs, contextCount, sizeBytes]) => ({
      ...toPeer([id, addresses, reputation, uptimePercent, latencyMs, contextCount]),
      sizeBytes,
    })),
  }
}

/** Body of the answer to a peer list request. */
export function encodePeerListReply(peers: readonly SwarmPeer[]): Uint8Array {
  return encodeCbor(peers.map(encodePeer))
}

/** Parses the answer to a peer list request; throws `message-too-large` or `bad-encoding`. */
export function parsePeerListReply(body: Uint8Array): readonly SwarmPeer[] {
  const value = decodeMessage(body, MAX_TRACKER_ANSWER_BYTES)
  return parseMessage(peerListReplySchema, value).map(toPeer)
}

function encodePeer(peer: SwarmPeer): readonly CborValue[] {
  const latencyMs = Number.isNaN(peer.latencyMs) ? null : peer.latencyMs
  const { addresses, reputation, uptimePercent, contextCount } = peer
  return [peerIdToAccount(peer.peerId), addresses, reputation, uptimePercent, latencyMs, contextCount]
}

function toPeer([peerId, addresses, reputation, uptimePercent, latencyMs, contextCount]: v.InferOutput<
  typeof peerSchema
>): SwarmPeer {
  return { peerId, addresses, reputation, uptimePercent, latencyMs: latencyMs ?? Number.NaN, contextCount }
}
