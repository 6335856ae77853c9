import type { AnnouncedContexts } from '../domain/content/announced-contexts.ts'
import type { ContextHash } from '../domain/content/context-hash.ts'
import type { SignedDescriptor } from '../domain/content/descriptor.ts'
import type { LedgerNews, Verdict } from '../domain/gossip/ledger-watch.ts'
import type { GossipTopic, LedgerTopic } from '../domain/gossip/topics.ts'
import type { PeerId } from '../domain/identity/account.ts'
import type { ErrorCode } from '../domain/kernel/errors.ts'
import type { MicroTokens } from '../domain/kernel/micro-tokens.ts'
import type { Readable } from '../domain/kernel/readable.ts'
import type { EntryHash, Voucher } from '../domain/ledger/entry.ts'
import type { KeepReason } from '../domain/network/link-budget.ts'
import type { LinkFailure } from '../domain/network/link-failure.ts'
import type { QuantizedVector } from '../domain/retrieval/embedding.ts'
import type { TermCounts } from '../domain/retrieval/term-counts.ts'
import type { LedgerArchive } from './ledger-archive.ts'
import type { SelfTestOptions, SelfTestResult } from './self-test.ts'

/** How a link to a peer runs: directly over WebRTC, through the relay with limits, or straight to a server over WebSocket. */
export type LinkKind = 'webrtc' | 'relay' | 'websocket'

/** A connection to a peer. */
export interface Link {
  readonly peerId: PeerId
  readonly kind: LinkKind
  readonly direction: 'inbound' | 'outbound'
  /** Remote address of the link in use, as a multiaddr. */
  readonly remoteAddress: string
  /** Last measured round trip; NaN before the first. */
  readonly rttMs: number
  readonly openedAtMs: number
  /** True for the server (relay, tracker, authority). */
  readonly isServer: boolean
}

/** A connected peer, with what its link carries and why it is kept. */
export interface PeerLink extends Link {
  /** Bytes that this link and others to the same peer have carried since the first of them opened. */
  readonly bytesIn: number
  readonly bytesOut: number
  /** Topics of gossip in whose mesh the peer is. */
  readonly meshTopics: readonly GossipTopic[]
  /**
   * The network that the peer is reached in, by `networkGroupOf`: an IPv4 /16, an IPv6 /32 or `local`. Empty while it is
   * not known, as for a link through a relay.
   */
  readonly networkGroup: string
  /** Gossipsub's score of the peer: 0 for whoever did nothing wrong, less for invalid messages. */
  readonly gossipScore: number
  /** What the link is worth keeping, from 0 to 1, by `rankLinks`. */
  readonly usefulness: number
  /** What speaks most for keeping it. */
  readonly keptFor: KeepReason
}

/** A relay, or a peer that introduces others, and whether it leads others here. */
export interface RelayState {
  readonly peerId: PeerId
  readonly address: string
  /** False for a peer that introduces others. */
  readonly isServer: boolean
  /** `reserved` once it leads others here, `connected` before. */
  readonly status: 'connecting' | 'connected' | 'reserved' | 'unreachable'
  readonly unreachableSinceMs: number | undefined
  /** Why it was not reached last time; empty when it was. */
  readonly lastFailure: string
}

/** This peer's part in the DHT. */
export interface DhtState {
  readonly role: 'off' | 'client' | 'server'
  /** Peers in the routing table. */
  readonly size: number
  /** Records of others that are kept here. */
  readonly records: number
}

/** Something that happened to the connections, for people who want to know why they are as they are. */
export interface NetworkEvent {
  readonly atMs: number
  readonly kind: 'peer' | 'relay' | 'dht' | 'budget' | 'self'
  /** The peer or server it is about; null when it is about none. */
  readonly peerId: PeerId | null
  /** What failed; null when nothing did. */
  readonly failure: LinkFailure | null
  /** A sentence. */
  readonly message: string
}

/**
 * The peer's connectivity: `peers-only` while peers are linked, but no server that would find it others. `reason` says in a
 * sentence what is not reached and why, and is empty otherwise.
 */
export interface NetworkState {
  readonly phase: 'starting' | 'offline' | 'relay-only' | 'peers-only' | 'connected'
  readonly reason: string
  readonly links: readonly PeerLink[]
  /** Own addresses that others can dial. */
  readonly addresses: readonly string[]
  readonly relays: readonly RelayState[]
  readonly dht: DhtState
  /** Peers that are led here through this peer: reservations that it gave. */
  readonly reservationsGiven: number
  /** WebRTC connections made since the page was loaded, whether or not they came about. */
  readonly peerConnectionsMade: number
  /** The newest events, oldest first. */
  readonly log: readonly NetworkEvent[]
}

export interface SearchRequest {
  readonly question: string
  readonly tags: readonly string[]
  readonly vector: QuantizedVector | null
  /** At most this many hits, `MAX_SEARCH_HITS` at most. */
  readonly limit: number
}

/** A shared context that answers a search. */
export interface SearchHit {
  readonly descriptor: SignedDescriptor
  /** At most 160 characters of the text around the best match. */
  readonly snippet: string
  /** How often the text has each term of the question, by the provider's word. */
  readonly termCounts: TermCounts
}

/** What is asked for in a single purchase over HTTP. */
export interface FetchRequest {
  /** Random 16 bytes that name the request; a retry repeats them. */
  readonly requestId: Uint8Array
  readonly contexts: readonly ContextHash[]
  readonly maxTokenCost: MicroTokens
}

/** A refusal as a status, never an exception on the wire. */
export interface Refusal {
  readonly status: 'refused'
  readonly code: ErrorCode
  readonly message: string
}

/** Answer to a fetch request: the payee's signed quote (`402 payment-required`) or a refusal. */
export type QuoteReply = { readonly status: 'payment-required'; readonly quoteWire: Uint8Array } | Refusal

/** A certified payment for a quote. */
export interface PaymentMessage {
  readonly quoteWire: Uint8Array
  readonly payWire: Uint8Array
  readonly certificateWire: Uint8Array
}

/** What a payee delivers: the UTF-8 bytes of each context of the quote, in its order, and its signed statement of them. */
export type DeliveryReply =
  | {
      readonly status: 'delivered'
      readonly contents: readonly Uint8Array[]
      readonly deliveryWire: Uint8Array
    }
  | Refusal

/** What a payer opens a session with: its reserve, certified unless no quorum can be reached. */
export interface SessionOpening {
  readonly reserveWire: Uint8Array
  readonly certificateWire: Uint8Array | undefined
}

/** What a payee answers to it. */
export interface SessionTerms {
  /** Unpaid deliveries that the payee tolerates before it waits for a voucher. */
  readonly creditLine: MicroTokens
  /** What the payee holds a voucher for, so that the payer repeats a newer one that got lost. */
  readonly vouched: MicroTokens
  /** The payee's account in a checkpoint, as `encodeAccountProof` gives it; undefined before the first one. */
  readonly standing: Uint8Array | undefined
}

/** A request for contexts within a session. */
export interface TakeRequest extends FetchRequest {
  readonly reserve: EntryHash
}

/** The payee's side of a delivery within a session. */
export interface Serving {
  readonly quoteWire: Uint8Array
  /**
   * The UTF-8 bytes of each context of the quote, in its order. It waits for vouchers where more than the credit line
   * would be unpaid, and throws `payment-required` when none comes in time.
   */
  readonly contents: AsyncIterable<Uint8Array>
  /** The payee's signed statement of all that was delivered; to be read after the contents. */
  deliveryWire(): Uint8Array
}

/** The payer's side of a delivery within a session. */
export interface Taking {
  readonly quoteWire: Uint8Array
  /**
   * The contexts as they come, each of exactly the size that is given. Frames beyond them end in `message-too-large`, a
   * stop mid-way in `truncated`, a refusal in its code.
   */
  contents(sizesBytes: readonly number[]): AsyncIterable<Uint8Array>
  /** Sends a voucher for what came so far. */
  pay(voucher: Voucher): Promise<void>
  /** The payee's signed statement of what it delivered; comes after the contents. */
  deliveryWire(): Promise<Uint8Array>
  /** Ends the exchange early, for instance because of a wrong quote. */
  cancel(): void
}

/** What peers tell everybody: descriptors of shared contexts, and news about the ledger. */
export type GossipMessage =
  { readonly type: 'descriptors'; readonly descriptors: readonly SignedDescriptor[] } | LedgerNews

/** The peer's side of every protocol. Handlers get parsed messages and the authenticated sender; what they throw becomes a refusal. */
export interface NetworkHandlers {
  onSearch(request: SearchRequest, from: PeerId): Promise<readonly SearchHit[]>
  onSession(opening: SessionOpening, from: PeerId): Promise<SessionTerms>
  onTake(request: TakeRequest, from: PeerId): Promise<Serving>
  onVoucher(reserve: EntryHash, voucher: Voucher, from: PeerId): Promise<void>
  /** A part of the ledger that is kept here, as `LedgerArchive.page` gives it. Throws `unsupported` when none is. */
  onLog(position: number, limit: number): ReturnType<LedgerArchive['page']>
  /** Peers that hold a shared context as far as this one knows, itself among them if it shares it. */
  onHolders(contextHash: ContextHash, from: PeerId): Promise<readonly PeerId[]>
  /** Shared contexts of this peer and of those linked here, other than `from`, which can be had of them now. */
  onAnnounced(from: PeerId): Promise<readonly AnnouncedContexts[]>
  /** What the author says of these contexts, as far as it is known here. */
  onDescriptors(wanted: AnnouncedContexts): Promise<readonly SignedDescriptor[]>
  /** `from` forwarded the message on a topic; who made it says the message itself. */
  onGossip(message: GossipMessage, from: PeerId, topic: GossipTopic): Verdict | Promise<Verdict>
  onLinkOpened(peerId: PeerId): void
}

/** Connections to other peers and the messages over them. */
export interface Network {
  readonly state: Readable<NetworkState>
  /** Begins to join; resolves when transports listen, while connecting goes on behind. */
  start(handlers: NetworkHandlers): Promise<void>
  /** Says goodbye and closes everything. */
  stop(): Promise<void>
  /** Breaks every connection within this very turn, so that others see it when this program is about to be ended. */
  leave(): void
  /**
   * Looks at once which connections still stand, as after a sleep, closes the others, and dials servers that are away
   * without further waiting. Resolves when every connection has answered or was closed.
   */
  recheck(): Promise<void>
  /**
   * A direct link to the peer, made over WebRTC if there is none (a relayed one when that fails). Has a time limit and
   * retries inside. Throws `not-connected` or `timeout`.
   */
  connect(peerId: PeerId, addresses: readonly string[], signal?: AbortSignal): Promise<Link>
  /** Tries one after another what a direct link needs, and tells what it found; throws `aborted` only. */
  selfTest(options: SelfTestOptions): Promise<readonly SelfTestResult[]>
  /** Where a linked peer said that it can be reached, as multiaddrs; none when it did not yet. */
  addressesOf(peerId: PeerId): Promise<readonly string[]>
  search(peerId: PeerId, request: SearchRequest, signal?: AbortSignal): Promise<readonly SearchHit[]>
  /** Shared contexts that a linked peer, and those linked with it, announced. */
  listAnnounced(peerId: PeerId, signal?: AbortSignal): Promise<readonly AnnouncedContexts[]>
  /**
   * What their author says of announced contexts, of as many as fit into an answer; signatures are not checked. At most
   * `MAX_DESCRIPTORS_ASKED` contexts.
   */
  getDescriptors(
    peerId: PeerId,
    wanted: AnnouncedContexts,
    signal?: AbortSignal,
  ): Promise<readonly SignedDescriptor[]>
  /** Opens a session with a payee. Throws what it refuses with. */
  openSession(peerId: PeerId, opening: SessionOpening, signal?: AbortSignal): Promise<SessionTerms>
  /** Asks for contexts within a session. Throws what the payee refuses with. */
  take(peerId: PeerId, request: TakeRequest, signal?: AbortSignal): Promise<Taking>
  /** Repeats a voucher that may have got lost; resolves when the payee has it. */
  sendVoucher(peerId: PeerId, reserve: EntryHash, voucher: Voucher, signal?: AbortSignal): Promise<void>
  /** Spreads an own message on every topic where others look for it. */
  publish(message: GossipMessage): Promise<void>
  /** Listens to these topics of the ledger and no others; to the base topic only until it is called. */
  listen(topics: ReadonlySet<LedgerTopic>): void
}
