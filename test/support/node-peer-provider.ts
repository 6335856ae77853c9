import type { Stream } from '@libp2p/interface'
import { createTrackerRouting } from '../../src/adapters/network-libp2p/tracker-routing.ts'
import { contextHashToDigest, hashText, type ContextHash } from '../../src/domain/content/context-hash.ts'
import { signDescriptor } from '../../src/domain/content/descriptor-codec.ts'
import type { Descriptor } from '../../src/domain/content/descriptor.ts'
import { contextPrice } from '../../src/domain/economy/price.ts'
import { parsePeerId, peerIdToAccount, type PeerId } from '../../src/domain/identity/account.ts'
import { textToBytes } from '../../src/domain/kernel/bytes.ts'
import { sha256Digest } from '../../src/domain/kernel/hashing.ts'
import { ZERO_TOKENS, type MicroTokens } from '../../src/domain/kernel/micro-tokens.ts'
import { parseEntry } from '../../src/domain/ledger/entry-codec.ts'
import type { EntryHash } from '../../src/domain/ledger/entry.ts'
import { signDelivery } from '../../src/domain/ledger/delivery.ts'
import { fetchRequestDigest, parseQuote, signQuote, type Quote } from '../../src/domain/ledger/quote.ts'
import { countTerms, questionTerms } from '../../src/domain/retrieval/term-counts.ts'
import { encodeExchange, parseRequest } from '../../src/protocols/exchange.ts'
import {
  encodeFetchMessage,
  FETCH_PROTOCOL,
  MAX_REQUESTER_MESSAGE_BYTES,
  parseRequesterMessage,
  type ProviderMessage,
  type RequesterMessage,
} from '../../src/protocols/fetch.ts'
import { createFrameDecoder } from '../../src/protocols/framing.ts'
import {
  encodeSearchAnswer,
  MAX_SEARCH_REQUEST_BYTES,
  parseSearchRequest,
  SEARCH_PROTOCOL,
} from '../../src/protocols/search.ts'
import { TRACKER_PROTOCOL } from '../../src/protocols/tracker.ts'
import { startRawPeer, type RawPeer } from './node-peer-raw.ts'
import type { TestServer } from './start-server.ts'

/** A delivery that a provider has quoted, and the means to make it by hand. */
export interface DeliveryByHand {
  readonly exchange: number
  /** The bytes of the context that was asked for. */
  readonly content: Uint8Array
  /** The honest statement of having delivered it. */
  readonly deliveryWire: Uint8Array
  readonly stream: Stream
  send(message: ProviderMessage): void
}

/** A session that a payer opens, and the means to answer by hand. */
interface OpeningByHand {
  readonly exchange: number
  /** What the provider holds a voucher for. */
  readonly vouched: MicroTokens
  send(message: ProviderMessage): void
}

/** Where a provider differs from an honest one. */
export interface Misdeeds {
  /** Changes the descriptor of the context before it is signed. */
  readonly describe?: (honest: Descriptor) => Descriptor
  /** Changes the signed descriptor's bytes. */
  readonly forgeDescriptor?: (wire: Uint8Array) => Uint8Array
  /** Changes the quote before it is signed. */
  readonly quote?: (honest: Quote) => Quote
  /** Changes the signed quote's bytes. */
  readonly forgeQuote?: (wire: Uint8Array) => Uint8Array
  /** Answers the opening of a session. */
  readonly open?: (opening: OpeningByHand) => void
  /** Delivers what was quoted. */
  readonly deliver?: (delivery: DeliveryByHand) => void
  /** Answers a search on its stream. */
  readonly search?: (stream: Stream) => void
}

/** A provider of one context whose every message is made by hand. */
export interface RawProvider {
  readonly raw: RawPeer
  readonly contextHash: ContextHash
  /** Reserves that it was offered. */
  readonly reserves: ReadonlySet<EntryHash>
  /** What it holds vouchers for, by reserve. */
  readonly vouched: ReadonlyMap<EntryHash, MicroTokens>
  stop(): Promise<void>
}

/** Starts a provider of `text`; resolves once the tracker lists it. It delivers honestly but for its misdeeds. */
export async function startRawProvider(
  server: Pick<TestServer, 'url'>,
  { title, text }: { readonly title: string; readonly text: string },
  misdeeds: Misdeeds = {},
): Promise<RawProvider> {
  const raw = await startRawPeer(server)
  const { identity, info, node } = raw
  const content = textToBytes(text)
  const contextHash = hashText(text)
  const sizeBytes = content.length
  const reserves = new Set<EntryHash>()
  const vouched = new Map<EntryHash, MicroTokens>()

  const honest: Descriptor = {
    contextHash,
    sizeBytes,
    title,
    headingPath: [],
    description: '',
    tags: [],
    references: [],
    documentHash: contextHash,
    documentTitle: title,
    documentBytes: sizeBytes,
    author: identity.account,
    createdAtMs: Date.now(),
    vector: null,
  }
  const { wire } = signDescriptor(identity, misdeeds.describe?.(honest) ?? honest)
  const descriptorWire = misdeeds.forgeDescriptor?.(wire) ?? wire

  await node.handle(SEARCH_PROTOCOL, (stream) => {
    readFrames(stream, (frame) => {
      if (misdeeds.search !== undefined) {
        misdeeds.search(stream)
        return
      }
      const { exchange, body } = parseRequest(frame, MAX_SEARCH_REQUEST_BYTES)
      const termCounts = countTerms(questionTerms(parseSearchRequest(body).question), text)
      const hits = [{ descriptorWire, snippet: text.slice(0, 160), termCounts }]
      stream.send(encodeExchange(exchange, encodeSearchAnswer(hits)))
    })
  })

  function quoteFor(request: Extract<RequesterMessage, { type: 'take' }>, from: PeerId): Uint8Array {
    const price = contextPrice(sizeBytes, info.genesis.pricePerKb)
    const quote: Quote = {
      payee: identity.account,
      payer: peerIdToAccount(from),
      request: fetchRequestDigest(request.requestId, request.contexts),
      items: [{ contextHash, sizeBytes, price }],
      price,
      nonce: request.requestId,
      expiresAtMs: Date.now() + 60_000,
    }
    const signed = signQuote(identity, misdeeds.quote?.(quote) ?? quote)
    return misdeeds.forgeQuote?.(signed.wire) ?? signed.wire
  }

  function openHonestly({ exchange, vouched, send }: OpeningByHand): void {
    const { creditLine } = info.genesis
    send({ type: 'opened', exchange, creditLine, vouched, standing: undefined })
  }

  function answer(message: RequesterMessage, from: PeerId, stream: Stream): void {
    const send = (reply: ProviderMessage) => void stream.send(encodeFetchMessage(reply))
    const { exchange } = message
    switch (message.type) {
      case 'open': {
        const reserve = parseEntry(message.reserveWire).hash
        reserves.add(reserve)
        const open = misdeeds.open ?? openHonestly
        open({ exchange, vouched: vouched.get(reserve) ?? ZERO_TOKENS, send })
        return
      }
      case 'take': {
        const quoteWire = quoteFor(message, from)
        send({ type: 'quote', exchange, quoteWire })
        const item = {
          contextDigest: contextHashToDigest(contextHash),
          deliveredDigest: sha256Digest(content),
        }
        const { invoice } = parseQuote(quoteWire)
        const deliveryWire = signDelivery(identity, { invoice, items: [item] })
        const deliver = misdeeds.deliver ?? deliverHonestly
        deliver({ exchange, content, deliveryWire, stream, send })
        return
      }
      case 'voucher':
        vouched.set(message.reserve, message.amount)
        return
      case 'window':
      case 'cancel':
    }
  }

  await node.handle(FETCH_PROTOCOL, (stream, { remotePeer }) => {
    const from = parsePeerId(remotePeer.toString())
    readFrames(stream, (frame) => answer(parseRequesterMessage(frame), from, stream))
  })

  const [tracker] = info.trackers
  if (tracker === undefined) throw new Error('The network names no tracker')
  const routing = createTrackerRouting(
    {
      ask: (_tracker, body) => raw.askServer(TRACKER_PROTOCOL, body),
      addresses: () => node.getMultiaddrs().map((address) => address.toString()),
    },
    { tracker },
  )
  await routing.provide([{ contextHash, title, sizeBytes, tags: [] }])
  return { raw, contextHash, reserves, vouched, stop: raw.stop }
}

/** Sends a context of at most one frame. */
export function deliverHonestly({ exchange, content, deliveryWire, send }: DeliveryByHand): void {
  send({ type: 'frame', exchange, payload: content })
  send({ type: 'done', exchange, deliveryWire })
}

function readFrames(stream: Stream, onFrame: (frame: Uint8Array) => void): void {
  const decoder = createFrameDecoder(MAX_REQUESTER_MESSAGE_BYTES)
  stream.addEventListener('message', ({ data }) => {
    for (const frame of decoder.push(data.subarray())) onFrame(frame)
  })
}
