/**
 * The requirement's HTTP messages as JSON: its own field names, in snake case. What differs from it, and why, is in
 * docs/PROTOCOLS.md; its examples are vectors in test/vectors/requirement-http.json.
 */
import * as v from 'valibot'
import { MAX_CONTEXT_BYTES, parseContextHash, type ContextHash } from '../src/domain/content/context-hash.ts'
import { LoremeshError, toLoremeshError } from '../src/domain/kernel/errors.ts'
import { formatTokens, type MicroTokens } from '../src/domain/kernel/micro-tokens.ts'
import type { AnnouncedContext } from '../src/domain/tracker/announcement.ts'
import type { SwarmPeer } from '../src/domain/tracker/tracker.ts'
import type { DeliveredContext } from '../src/protocols/seeder-ipc.ts'
import { guestNameOf, type GuestId } from './guest-swarm.ts'

/** What counts of `POST /announce`: claims about oneself (ip, uptime, reputation, balance) are read over. */
export interface AnnounceBody {
  readonly peerId: string
  readonly port: number
  readonly contexts: readonly AnnouncedContext[]
}

const text = (maxLength: number) => v.pipe(v.string(), v.maxLength(maxLength))
const contextHash = v.pipe(text(71), v.transform(parseContextHash))
const announceSchema = v.object({
  peer_id: v.pipe(
    text(128),
    v.regex(/^[\w.:-]+$/, 'A peer_id consists of letters, digits, "_", ".", ":" and "-"'),
  ),
  port: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(65_535)),
  contexts: v.pipe(
    v.array(
      v.object({
        hash: contextHash,
        size_bytes: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(MAX_CONTEXT_BYTES)),
        title: v.optional(text(1_000)),
        tags: v.optional(v.pipe(v.array(text(200)), v.maxLength(64))),
      }),
    ),
    v.maxLength(1_000),
  ),
})

/** The body of `POST /announce`; throws `bad-input`. */
export function parseAnnounceBody(body: unknown): AnnounceBody {
  const { peer_id, port, contexts } = parseJson(announceSchema, body)
  return {
    peerId: peer_id,
    port,
    contexts: contexts.map(({ hash, size_bytes }) => ({ contextHash: hash, sizeBytes: size_bytes })),
  }
}

/** A JSON value as its schema describes it; throws `bad-input` with the place and reason otherwise. */
export function parseJson<T>(schema: v.GenericSchema<unknown, T>, json: unknown): T {
  try {
    return v.parse(schema, json, { abortEarly: true })
  } catch (error) {
    if (!v.isValiError(error)) throw toLoremeshError(error)
    const place = v.getDotPath(error.issues[0]) ?? 'body'
    throw new LoremeshError('bad-input', `${place}: ${error.message}`, 'See docs/PROTOCOLS.md, section HTTP')
  }
}

/** A price as the requirement's `token_cost`, a number of tokens. Exact: it has at most six decimals and is below 2^20. */
export function tokenCostOf(price: MicroTokens): number {
  return Number(formatTokens(price))
}

/** A peer of the network in the requirement's form. Its addresses are multiaddrs; it has no ip and port of its own. */
export function peerToJson(peer: SwarmPeer) {
  return {
    peer_id: peer.peerId,
    ip: null,
    port: null,
    addresses: peer.addresses,
    authenticated: true,
    ...standing(peer),
  }
}

/** A guest in the requirement's form, marked as not authenticated. */
export function guestToJson(guest: SwarmPeer<GuestId>) {
  const { peerId, ip, port } = guestNameOf(guest)
  return { peer_id: peerId, ip, port, addresses: [], authenticated: false, ...standing(guest) }
}

function standing({ reputation, latencyMs, uptimePercent, contextCount }: SwarmPeer<string>) {
  return {
    reputation,
    uptime_pct: uptimePercent,
    latency_ms: latencyToJson(latencyMs),
    contexts: contextCount,
  }
}

/** A latency with one decimal, or null when it is unknown, which JSON has no number for. */
export function latencyToJson(latencyMs: number): number | null {
  return Number.isNaN(latencyMs) ? null : Math.round(latencyMs * 10) / 10
}

/** Mean of the known latencies. */
export function averageLatency(peers: readonly SwarmPeer<string>[]): number {
  const known = peers.map((peer) => peer.latencyMs).filter((latencyMs) => !Number.isNaN(latencyMs))
  return known.reduce((sum, latencyMs) => sum + latencyMs, 0) / known.length
}

/** A delivered context in the form of the requirement's `GET /context/{hash}`. */
export function contextToJson(context: DeliveredContext): {
  readonly hash: ContextHash
  readonly content: string
  readonly metadata: object
  readonly embedding: readonly number[]
} {
  return {
    hash: context.contextHash,
    content: context.content,
    metadata: {
      title: context.title,
      author: context.author,
      created_at: new Date(context.createdAtMs).toISOString(),
      tags: context.tags,
      references: context.references,
    },
    embedding: context.embedding,
  }
}
