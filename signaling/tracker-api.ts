import type { FastifyInstance } from 'fastify'
import { parseContextHash } from '../src/domain/content/context-hash.ts'
import { LoremeshError } from '../src/domain/kernel/errors.ts'
import type { MicroTokens } from '../src/domain/kernel/micro-tokens.ts'
import type { Tracker, TrackerCounts } from '../src/domain/tracker/tracker.ts'
import { ANNOUNCE_INTERVAL_MS, MAX_NUMWANT } from '../src/protocols/tracker.ts'
import type { GuestSwarm } from './guest-swarm.ts'
import {
  averageLatency,
  guestToJson,
  latencyToJson,
  parseAnnounceBody,
  peerToJson,
  tokenCostOf,
} from './requirement-json.ts'

export interface TrackerApiServices {
  readonly tracker: Tracker
  readonly guests: GuestSwarm
  readonly priceOf: (sizeBytes: number) => MicroTokens
  readonly nowMs: () => number
}

const ANNOUNCE_BODY_BYTES = 1_048_576

/** `POST /announce`, `GET /scrape`, `GET /peers` and `POST /verify` as the requirement writes them. */
export function registerTrackerApi(app: FastifyInstance, services: TrackerApiServices): void {
  const { tracker, guests, priceOf, nowMs } = services

  app.post('/announce', { bodyLimit: ANNOUNCE_BODY_BYTES }, (request) => {
    const announcement = parseAnnounceBody(request.body)
    guests.announce({ ...announcement, ip: request.ip }, nowMs())
    const { peersOnline, contextsTotal } = countTogether(tracker, guests, nowMs())
    return {
      status: 'ok',
      peers_online: peersOnline,
      contexts_total: contextsTotal,
      interval: ANNOUNCE_INTERVAL_MS / 1000,
    }
  })

  app.get<{ Querystring: Query }>('/scrape', (request) => {
    const contextHash = parseContextHash(requireText(request.query, 'context_hash'))
    const numwant = readNumwant(request.query)
    const own = tracker.scrape(contextHash, numwant, nowMs())
    const visiting = guests.scrape(contextHash, numwant - own.peers.length, nowMs())
    const costOf = ({ sizeBytes }: { readonly sizeBytes: number }) => tokenCostOf(priceOf(sizeBytes))
    return {
      peers: [
        ...own.peers.map((peer) => ({ ...peerToJson(peer), token_cost: costOf(peer) })),
        ...visiting.peers.map((guest) => ({ ...guestToJson(guest), token_cost: costOf(guest) })),
      ],
      total_peers: own.totalPeers + visiting.totalPeers,
      avg_latency_ms: latencyToJson(averageLatency(own.peers)),
    }
  })

  app.get<{ Querystring: Query }>('/peers', (request) => {
    const numwant = readNumwant(request.query)
    const { context_hash } = request.query
    const contextHash = typeof context_hash === 'string' ? parseContextHash(context_hash) : undefined
    const own =
      contextHash === undefined
        ? tracker.peerList(numwant, nowMs())
        : tracker.scrape(contextHash, numwant, nowMs()).peers
    const left = numwant - own.length
    const visiting =
      contextHash === undefined
        ? guests.peerList(left, nowMs())
        : guests.scrape(contextHash, left, nowMs()).peers
    const peers = [...own.map(peerToJson), ...visiting.map(guestToJson)]
    const { peersOnline, contextsTotal } = countTogether(tracker, guests, nowMs())
    return {
      announce: '/announce',
      peers: peers.map((peer) => ({ ...peer, online: true, uptime: `${peer.uptime_pct}%` })),
      peers_online: peersOnline,
      contexts_total: contextsTotal,
    }
  })

  app.post('/verify', () => {
    throw new LoremeshError(
      'unsupported',
      'Verification of contexts does not exist yet',
      'Check a context yourself: its hash is the SHA-256 of its text',
    )
  })
}

type Query = Readonly<Record<string, unknown>>

function requireText(query: Query, name: string): string {
  const value = query[name]
  if (typeof value !== 'string') throw new LoremeshError('bad-input', `The query needs ${name}`)
  return value
}

function readNumwant({ numwant = String(MAX_NUMWANT) }: Query): number {
  if (typeof numwant !== 'string' || !/^\d{1,4}$/.test(numwant)) {
    throw new LoremeshError('bad-input', 'numwant must be a whole number')
  }
  return Math.min(Number(numwant), MAX_NUMWANT)
}

/** Peers of the network and guests, with each context counted once. */
function countTogether(tracker: Tracker, guests: GuestSwarm, nowMs: number): TrackerCounts {
  const own = tracker.counts(nowMs)
  let contextsTotal = own.contextsTotal
  for (const contextHash of guests.contexts(nowMs)) {
    if (!tracker.isShared(contextHash, nowMs)) contextsTotal++
  }
  return { peersOnline: own.peersOnline + guests.counts(nowMs).peersOnline, contextsTotal }
}
