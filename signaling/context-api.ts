import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { randomBytes } from 'node:crypto'
import * as v from 'valibot'
import { parseContextHash, type ContextHash } from '../src/domain/content/context-hash.ts'
import { parsePeerId, type PeerId } from '../src/domain/identity/account.ts'
import { base64urlToBytes, bytesToBase64url } from '../src/domain/kernel/base64url.ts'
import { decodeCbor } from '../src/domain/kernel/cbor.ts'
import { LoremeshError } from '../src/domain/kernel/errors.ts'
import { formatTokens, parseTokens, type MicroTokens } from '../src/domain/kernel/micro-tokens.ts'
import type { Tracker } from '../src/domain/tracker/tracker.ts'
import { MAX_NUMWANT } from '../src/protocols/tracker.ts'
import type { GuestSwarm } from './guest-swarm.ts'
import { errorBody, httpStatusOf } from './http-errors.ts'
import { contextToJson, parseJson, tokenCostOf } from './requirement-json.ts'
import type { SeederClient } from './seeder-client.ts'

export interface ContextApiServices {
  readonly tracker: Tracker
  readonly guests: GuestSwarm
  readonly seeder: SeederClient
  readonly priceOf: (sizeBytes: number) => MicroTokens
  readonly nowMs: () => number
}

/** Who offers a context, and at which price. */
interface Offer {
  readonly contextHash: ContextHash
  readonly sizeBytes: number
  readonly price: MicroTokens
  readonly reputation: number
  /** True when the server's own seeder holds it, so that it can be bought over HTTP. */
  readonly soldHere: boolean
}

/** A seller's signed quote and the id of the request that it answers, which the payer needs to check it. */
interface Quoted {
  readonly requestId: Uint8Array
  readonly wire: Uint8Array
}

/** `X-Payment` in bytes: base64url of CBOR [quote, pay entry, certificate]. */
const MAX_PAYMENT_BYTES = 8_192

const ackSchema = v.object({
  requester_peer_id: v.pipe(v.string(), v.maxLength(64), v.transform(parsePeerId)),
  invoice: v.pipe(v.string(), v.length(43), v.transform(base64urlToBytes)),
  ack: v.pipe(v.string(), v.length(86), v.transform(base64urlToBytes)),
})

/** `GET /context/{hash}`, which asks to be paid before it delivers, and `POST /context/{hash}/ack`. */
export function registerContextApi(app: FastifyInstance, services: ContextApiServices): void {
  const { tracker, guests, seeder, priceOf, nowMs } = services

  function findOffer(contextHash: ContextHash): Offer {
    const { peers } = tracker.scrape(contextHash, MAX_NUMWANT, nowMs())
    const own = peers.find((peer) => peer.peerId === seeder.peerId)
    const best = own ?? peers[0] ?? guests.scrape(contextHash, 1, nowMs()).peers[0]
    if (best === undefined) {
      throw new LoremeshError('not-found', 'Nobody online holds this context', 'Ask again later')
    }
    const { sizeBytes, reputation } = best
    return { contextHash, sizeBytes, price: priceOf(sizeBytes), reputation, soldHere: own !== undefined }
  }

  app.get<{ Params: { hash: string } }>('/context/:hash', async (request, reply) => {
    const offer = findOffer(parseContextHash(request.params.hash))
    reply.headers({
      'cache-control': 'no-store',
      'x-token-cost': formatTokens(offer.price),
      'x-context-size-bytes': offer.sizeBytes,
      'x-peer-reputation': offer.reputation,
    })
    const maxTokenCost = readMaxTokenCost(request) ?? offer.price
    if (offer.price > maxTokenCost) {
      return refuseUnpaid(reply, offer, null, priceAboveLimit(offer.price, maxTokenCost))
    }
    const payer = readPayer(request)
    const payment = request.headers['x-payment']
    if (payment !== undefined) return deliver(payer, String(payment), offer)
    const quoted =
      payer === undefined || !offer.soldHere ? null : await requestQuote(payer, offer, maxTokenCost)
    return refuseUnpaid(reply, offer, quoted, paymentRequired(offer, payer))
  })

  async function requestQuote(
    payer: PeerId,
    { contextHash }: Offer,
    maxTokenCost: MicroTokens,
  ): Promise<Quoted> {
    const requestId = new Uint8Array(randomBytes(16))
    return { requestId, wire: await seeder.quote({ payer, requestId, contextHash, maxTokenCost }) }
  }

  async function deliver(payer: PeerId | undefined, header: string, offer: Offer) {
    if (payer === undefined) {
      throw new LoremeshError('bad-input', 'A payment needs X-Requester-Peer-ID', 'It is the payer’s peer id')
    }
    if (!offer.soldHere) {
      throw new LoremeshError('no-provider', 'This server’s own peer does not hold this context', OVER_LIBP2P)
    }
    const [quoteWire, payWire, certificateWire] = parsePayment(header)
    const { context, deliveryWire } = await seeder.pay({ payer, quoteWire, payWire, certificateWire })
    if (context.contextHash !== offer.contextHash) {
      throw new LoremeshError('conflicting-invoice', 'The payment is for another context')
    }
    return { ...contextToJson(context), delivery: bytesToBase64url(deliveryWire) }
  }

  app.post<{ Params: { hash: string } }>('/context/:hash/ack', async (request) => {
    parseContextHash(request.params.hash)
    const { requester_peer_id: payer, invoice, ack } = parseJson(ackSchema, request.body)
    await seeder.acknowledge({ payer, invoice, ack })
    return { status: 'ok' }
  })
}

const OVER_LIBP2P = 'Get it from its holders over /loremesh/fetch/1.0.0'

/** Answers 402: why, the price, and a signed quote when there is one. */
async function refuseUnpaid(
  reply: FastifyReply,
  offer: Offer,
  quoted: Quoted | null,
  error: LoremeshError,
): Promise<FastifyReply> {
  return reply.code(httpStatusOf(error.code)).send({
    ...errorBody(error),
    hash: offer.contextHash,
    size_bytes: offer.sizeBytes,
    token_cost: tokenCostOf(offer.price),
    token_cost_micro: offer.price.toString(),
    quote: quoted === null ? null : bytesToBase64url(quoted.wire),
    request_id: quoted === null ? null : bytesToBase64url(quoted.requestId),
  })
}

function priceAboveLimit(price: MicroTokens, limit: MicroTokens): LoremeshError {
  return new LoremeshError(
    'price-above-limit',
    `The context costs ${formatTokens(price)} tokens, more than the limit of ${formatTokens(limit)}`,
    'Raise X-Max-Token-Cost',
  )
}

function paymentRequired({ price, soldHere }: Offer, payer: PeerId | undefined): LoremeshError {
  const howToPay =
    payer === undefined
      ? 'Name yourself in X-Requester-Peer-ID to get a quote'
      : 'Sign a payment for the quote, have it certified, and repeat the request with it in X-Payment'
  return new LoremeshError(
    'payment-required',
    `The context costs ${formatTokens(price)} tokens`,
    soldHere ? howToPay : OVER_LIBP2P,
  )
}

function readMaxTokenCost(request: FastifyRequest): MicroTokens | undefined {
  const header = request.headers['x-max-token-cost']
  return header === undefined ? undefined : parseTokens(String(header))
}

function readPayer(request: FastifyRequest): PeerId | undefined {
  const header = request.headers['x-requester-peer-id']
  return header === undefined ? undefined : parsePeerId(String(header))
}

function parsePayment(header: string): readonly [Uint8Array, Uint8Array, Uint8Array] {
  if (header.length > (MAX_PAYMENT_BYTES * 4) / 3) {
    throw new LoremeshError('message-too-large', `X-Payment exceeds ${MAX_PAYMENT_BYTES} bytes`)
  }
  const value = decodeCbor(base64urlToBytes(header))
  const [quoteWire, payWire, certificateWire, ...rest] = Array.isArray(value) ? (value as unknown[]) : []
  if (
    !(
      quoteWire instanceof Uint8Array &&
      payWire instanceof Uint8Array &&
      certificateWire instanceof Uint8Array
    ) ||
    rest.length > 0
  ) {
    throw new LoremeshError('bad-encoding', 'X-Payment is not CBOR of a quote, a payment and its certificate')
  }
  return [quoteWire, payWire, certificateWire]
}
