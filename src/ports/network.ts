import type { ContextHash } from '../domain/content/context-hash.ts'
import type { SignedDescriptor } from '../domain/content/descriptor.ts'
import type { PeerId } from '../domain/identity/account.ts'
import type { ErrorCode } from '../domain/kernel/errors.ts'
import type { MicroTokens } from '../domain/kernel/micro-tokens.ts'
import type { Readable } from '../domain/kernel/readable.ts'
import type { Certificate } from '../domain/ledger/certificate.ts'
import type { SignedEntry } from '../domain/ledger/entry.ts'
import type { QuantizedVector } from '../domain/retrieval/embedding.ts'

/** How a link to a peer runs: directly over WebRTC, through the relay with limits, or straight to a server over WebSocket. */
export type LinkKind = 'webrtc' | 'relay' | 'websocket'

/** A connected peer. */
export interface PeerLink {
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

/** The peer's connectivity. `reason` says in a sentence why it is not connected, empty otherwise. */
export interface NetworkState {
  readonly phase: 'starting' | 'offline' | 'relay-only' | 'connected'
  readonly reason: string
  readonly links: readonly PeerLink[]
  /** Own addresses that others can dial. */
  readonly addresses: readonly string[]
}

export interface SearchRequest {
  readonly question: string
  readonly tags: readonly string[]
  readonly vector: QuantizedVector | null
  /** At most this many hits, `MAX_SEARCH_HITS` at most. */
  readonly limit: number
}

/** A shared context that answers a search. `score` is the provider's own opinion, from 0 to 1. */
export interface SearchHit {
  readonly descriptor: SignedDescriptor
  /** At most 160 characters of the text around the best match. */
  readonly snippet: string
  readonly score: number
}

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

/** What a validator says about a gossiped message: spread it, drop it quietly, or drop it and blame the sender. */
export type GossipVerdict = 'accept' | 'ignore' | 'reject'

/** What peers tell everybody: descriptors of shared contexts, entries, and the certificates that make entries final. */
export type GossipMessage =
  | { readonly type: 'descriptors'; readonly descriptors: readonly SignedDescriptor[] }
  | { readonly type: 'entry'; readonly signed: SignedEntry }
  | { readonly type: 'certificate'; readonly certificate: Certificate }

/** The peer's side of every protocol. Handlers get parsed messages and the authenticated sender; what they throw becomes a refusal. */
export interface NetworkHandlers {
  onSearch(request: SearchRequest, from: PeerId): Promise<readonly SearchHit[]>
  onFetchRequest(request: FetchRequest, from: PeerId): Promise<QuoteReply>
  onPayment(payment: PaymentMessage, from: PeerId): Promise<DeliveryReply>
  onAck(invoice: Uint8Array, ack: Uint8Array, from: PeerId): Promise<void>
  /** `from` forwarded the message; who made it says the message itself. */
  onGossip(message: GossipMessage, from: PeerId): GossipVerdict | Promise<GossipVerdict>
  onLinkOpened(peerId: PeerId): void
}

/** Connections to other peers and the messages over them. */
export interface Network {
  readonly state: Readable<NetworkState>
  /** Begins to join; resolves when transports listen, while connecting goes on behind. */
  start(handlers: NetworkHandlers): Promise<void>
  /** Says goodbye and closes everything. */
  stop(): Promise<void>
  /**
   * A direct link to the peer, made over WebRTC if there is none (a relayed one when that fails). Has a time limit and
   * retries inside. Throws `not-connected` or `timeout`.
   */
  connect(peerId: PeerId, addresses: readonly string[], signal?: AbortSignal): Promise<PeerLink>
  search(peerId: PeerId, request: SearchRequest, signal?: AbortSignal): Promise<readonly SearchHit[]>
  requestQuote(peerId: PeerId, request: FetchRequest, signal?: AbortSignal): Promise<QuoteReply>
  /** `onBytes` gets the bytes received so far. Frames beyond the quoted sizes end in `message-too-large`, a stop mid-way in `truncated`. */
  pay(
    peerId: PeerId,
    payment: PaymentMessage,
    sizesBytes: readonly number[],
    options?: { readonly signal?: AbortSignal; readonly onBytes?: (received: number) => void },
  ): Promise<DeliveryReply>
  acknowledge(peerId: PeerId, invoice: Uint8Array, ack: Uint8Array, signal?: AbortSignal): Promise<void>
  publish(message: GossipMessage): Promise<void>
}
