import type { SharedRateLimit } from '../domain/kernel/token-bucket.ts'
import {
  ANNOUNCEMENTS_PROTOCOL,
  MAX_ANNOUNCEMENTS_ANSWER_BYTES,
  MAX_ANNOUNCEMENTS_REQUEST_BYTES,
} from './announcements.ts'
import { AUTHORITY_PROTOCOL, MAX_AUTHORITY_ANSWER_BYTES, MAX_AUTHORITY_REQUEST_BYTES } from './authority.ts'
import { FETCH_PROTOCOL, MAX_PROVIDER_MESSAGE_BYTES, MAX_REQUESTER_MESSAGE_BYTES } from './fetch.ts'
import { MAX_LEDGER_ANSWER_BYTES } from './ledger-replies.ts'
import { LEDGER_PROTOCOL, MAX_LEDGER_REQUEST_BYTES } from './ledger.ts'
import { MAX_PEERS_ANSWER_BYTES, MAX_PEERS_REQUEST_BYTES, PEERS_PROTOCOL } from './peers.ts'
import type { ResponderLimits } from './responder.ts'
import { MAX_SEARCH_ANSWER_BYTES, MAX_SEARCH_REQUEST_BYTES, SEARCH_PROTOCOL } from './search.ts'
import { MAX_TRACKER_ANSWER_BYTES, MAX_TRACKER_REQUEST_BYTES, TRACKER_PROTOCOL } from './tracker.ts'

/** What whoever serves a protocol allows those who ask. Frames besides come at 32 KiB a second at least (frame-watch.ts). */
export interface ProtocolLimits extends ResponderLimits {
  readonly id: string
  /** Streams of one connection; one is enough, a second one replaces a broken first. */
  readonly maxStreams: number
  readonly rate: SharedRateLimit
  /** Time that the handlers get for a request, and for each context of a delivery. */
  readonly handlerTimeoutMs: number
}

/** What a peer serves to other peers. */
export const peerProtocols = {
  search: {
    id: SEARCH_PROTOCOL,
    maxRequestBytes: MAX_SEARCH_REQUEST_BYTES,
    maxAnswerBytes: MAX_SEARCH_ANSWER_BYTES,
    maxStreams: 4,
    maxInFlight: 16,
    rate: { ofOne: { burst: 20, perSecond: 10 }, ofAll: { burst: 160, perSecond: 80 } },
    handlerTimeoutMs: 10_000,
  },
  fetch: {
    id: FETCH_PROTOCOL,
    maxRequestBytes: MAX_REQUESTER_MESSAGE_BYTES,
    maxAnswerBytes: MAX_PROVIDER_MESSAGE_BYTES,
    maxStreams: 4,
    maxInFlight: 16,
    rate: { ofOne: { burst: 64, perSecond: 32 }, ofAll: { burst: 512, perSecond: 256 } },
    handlerTimeoutMs: 10_000,
  },
  /** Parts of the ledger that is kept: 512 entries each. */
  ledger: {
    id: LEDGER_PROTOCOL,
    maxRequestBytes: MAX_LEDGER_REQUEST_BYTES,
    maxAnswerBytes: MAX_LEDGER_ANSWER_BYTES,
    maxStreams: 4,
    maxInFlight: 16,
    rate: { ofOne: { burst: 64, perSecond: 4 }, ofAll: { burst: 128, perSecond: 16 } },
    handlerTimeoutMs: 10_000,
  },
  /** Who holds a context, and who is linked here: a question looks up eight contexts. */
  peers: {
    id: PEERS_PROTOCOL,
    maxRequestBytes: MAX_PEERS_REQUEST_BYTES,
    maxAnswerBytes: MAX_PEERS_ANSWER_BYTES,
    maxStreams: 4,
    maxInFlight: 16,
    rate: { ofOne: { burst: 64, perSecond: 16 }, ofAll: { burst: 512, perSecond: 128 } },
    handlerTimeoutMs: 10_000,
  },
  /** What was announced before: a list, and descriptors of each of its authors. */
  announcements: {
    id: ANNOUNCEMENTS_PROTOCOL,
    maxRequestBytes: MAX_ANNOUNCEMENTS_REQUEST_BYTES,
    maxAnswerBytes: MAX_ANNOUNCEMENTS_ANSWER_BYTES,
    maxStreams: 4,
    maxInFlight: 16,
    rate: { ofOne: { burst: 256, perSecond: 2 }, ofAll: { burst: 1_024, perSecond: 32 } },
    handlerTimeoutMs: 10_000,
  },
} as const satisfies Readonly<Record<string, ProtocolLimits>>

/** What a server, or an authority, serves to peers. */
export const serverProtocols = {
  tracker: {
    id: TRACKER_PROTOCOL,
    maxRequestBytes: MAX_TRACKER_REQUEST_BYTES,
    maxAnswerBytes: MAX_TRACKER_ANSWER_BYTES,
    maxStreams: 4,
    maxInFlight: 32,
    rate: { ofOne: { burst: 200, perSecond: 50 }, ofAll: { burst: 4_000, perSecond: 1_000 } },
    handlerTimeoutMs: 10_000,
  },
  ledger: {
    id: LEDGER_PROTOCOL,
    maxRequestBytes: MAX_LEDGER_REQUEST_BYTES,
    maxAnswerBytes: MAX_LEDGER_ANSWER_BYTES,
    maxStreams: 4,
    maxInFlight: 32,
    rate: { ofOne: { burst: 200, perSecond: 50 }, ofAll: { burst: 8_000, perSecond: 2_000 } },
    handlerTimeoutMs: 10_000,
  },
  authority: {
    id: AUTHORITY_PROTOCOL,
    maxRequestBytes: MAX_AUTHORITY_REQUEST_BYTES,
    maxAnswerBytes: MAX_AUTHORITY_ANSWER_BYTES,
    maxStreams: 4,
    maxInFlight: 32,
    rate: { ofOne: { burst: 200, perSecond: 50 }, ofAll: { burst: 2_000, perSecond: 500 } },
    handlerTimeoutMs: 10_000,
  },
} as const satisfies Readonly<Record<string, ProtocolLimits>>
