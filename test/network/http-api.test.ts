import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createWebCryptoSignatureVerifier } from '../../src/adapters/webcrypto/webcrypto-signature-verifier.ts'
import { hashText, type ContextHash } from '../../src/domain/content/context-hash.ts'
import { parseDescriptor } from '../../src/domain/content/descriptor-codec.ts'
import { contextPrice } from '../../src/domain/economy/price.ts'
import { parsePeerId } from '../../src/domain/identity/account.ts'
import { base64urlToBytes, bytesToBase64url } from '../../src/domain/kernel/base64url.ts'
import { textToBytes } from '../../src/domain/kernel/bytes.ts'
import { encodeCbor } from '../../src/domain/kernel/cbor.ts'
import { formatTokens, toMicroTokens } from '../../src/domain/kernel/micro-tokens.ts'
import { parseQuote, verifyQuote, type SignedQuote } from '../../src/domain/ledger/quote.ts'
import { signAck } from '../../src/domain/ledger/voucher.ts'
import type { PaymentMessage } from '../../src/ports/network.ts'
import { encodeExchange, parseAnswer } from '../../src/protocols/exchange.ts'
import { encodeSearchRequest, parseSearchAnswer, SEARCH_PROTOCOL } from '../../src/protocols/search.ts'
import { startRawPeer, type RawPeer } from '../support/node-peer-raw.ts'
import { payQuote } from '../support/node-peer-payer.ts'
import { readLedgerStats } from '../support/server-stats.ts'
import { startServer, type TestServer } from '../support/start-server.ts'

const libraryDir = mkdtempSync(join(tmpdir(), 'loremesh-library-'))
const article = '# Tides\n\nThe moon pulls the sea, so the water rises and falls twice a day.\n'

let server: TestServer
let payer: RawPeer
let contextHash: ContextHash
let sizeBytes: number

beforeAll(async () => {
  writeFileSync(join(libraryDir, 'tides.md'), article)
  server = await startServer({ LOREMESH_LIBRARY_DIR: libraryDir, LOREMESH_PAYMENT_WINDOW_SECONDS: '30' })
  payer = await startRawPeer(server)
  await payer.openAccount()
  ;({ contextHash, sizeBytes } = await findContext())
})
afterAll(async () => {
  await payer.stop()
  await server.stop()
  rmSync(libraryDir, { recursive: true })
})

type Json = Readonly<Record<string, unknown>>

async function getJson(path: string, headers: Readonly<Record<string, string>> = {}) {
  const response = await fetch(`${server.url}${path}`, { headers })
  return { status: response.status, headers: response.headers, body: (await response.json()) as Json }
}

async function postJson(path: string, body: object) {
  const headers = { 'content-type': 'application/json' }
  const response = await fetch(`${server.url}${path}`, {
    method: 'POST',
    headers,
    body: JSON.stringify(body),
  })
  return { status: response.status, body: (await response.json()) as Json }
}

/** The only context of the seeder's library, as its search describes it. */
async function findContext() {
  const { body } = await getJson('/peers')
  const [seeder] = body['peers'] as { readonly peer_id: string }[]
  const stream = await payer.open(parsePeerId(seeder?.peer_id ?? ''), SEARCH_PROTOCOL)
  const request = { question: 'What do tides do?', tags: [], vector: null, limit: 1 }
  stream.send(encodeExchange(1, encodeSearchRequest(request)))
  const answer = parseAnswer((await stream.next()) ?? new Uint8Array(), 100_000)
  await stream.close()
  const [hit] = answer.type === 'answer' ? parseSearchAnswer(answer.body) : []
  if (hit === undefined) throw new Error('The seeder has found nothing')
  return parseDescriptor(hit.descriptorWire).descriptor
}

const asPayer = () => ({ 'x-requester-peer-id': payer.identity.peerId, 'x-max-token-cost': '20' })
const paymentHeader = ({ quoteWire, payWire, certificateWire }: PaymentMessage) => ({
  ...asPayer(),
  'x-payment': bytesToBase64url(encodeCbor([quoteWire, payWire, certificateWire])),
})

/** The seeder's quote for its context. */
async function requestQuote(): Promise<SignedQuote> {
  const { status, headers, body } = await getJson(`/context/${contextHash}`, asPayer())
  expect(status).toBe(402)
  const price = contextPrice(sizeBytes, payer.info.genesis.pricePerKb)
  expect(headers.get('x-token-cost')).toBe(formatTokens(price))
  expect(headers.get('x-context-size-bytes')).toBe(String(sizeBytes))
  expect(body).toMatchObject({
    error: { code: 'payment-required' },
    hash: contextHash,
    size_bytes: sizeBytes,
    token_cost: Number(formatTokens(price)),
    token_cost_micro: price.toString(),
  })
  const quote = parseQuote(base64urlToBytes(String(body['quote'])))
  await verifyQuote(quote, createWebCryptoSignatureVerifier())
  expect(quote.quote).toMatchObject({ price, items: [{ contextHash, sizeBytes, price }] })
  return quote
}

it('sells a context for a payment certified over libp2p, once, and pays the seller after the acknowledgement', async () => {
  const quote = await requestQuote()
  const { signed, payment } = await payQuote(payer, quote)
  const path = `/context/${contextHash}`
  const paid = await getJson(path, paymentHeader(payment))
  expect(paid.status).toBe(200)
  expect(paid.body).toMatchObject({ hash: contextHash, metadata: { title: 'Tides' } })
  expect(hashText(String(paid.body['content']))).toBe(contextHash)
  expect(textToBytes(String(paid.body['content']))).toHaveLength(sizeBytes)

  const before = await payer.state()
  expect(await getJson(path, paymentHeader(payment))).toMatchObject({ status: 200, body: paid.body })
  expect(await payer.state()).toEqual(before)
  expect(before.credit).toBe(payer.info.genesis.starterGrant - quote.quote.price)

  const acknowledgement = {
    requester_peer_id: payer.identity.peerId,
    invoice: bytesToBase64url(quote.invoice),
    ack: bytesToBase64url(signAck(payer.identity, signed.hash).signature),
  }
  expect(await postJson(`${path}/ack`, acknowledgement)).toEqual({ status: 200, body: { status: 'ok' } })
  expect(await readLedgerStats(server)).toMatchObject({ conserved: true, pending: quote.quote.price })
  // The seeder claims what is acknowledged within a few seconds, together with what follows.
  const stats = () => readLedgerStats(server)
  await expect.poll(stats, { timeout: 20_000, interval: 500 }).toMatchObject({ conserved: true, pending: 0n })
})

it('says 402 when the price is above the limit, before anything is quoted', async () => {
  const headers = { ...asPayer(), 'x-max-token-cost': '0.000001' }
  const { status, body } = await getJson(`/context/${contextHash}`, headers)
  expect(status).toBe(402)
  expect(body).toMatchObject({ error: { code: 'price-above-limit' }, quote: null })
})

it('refuses payments that are wrong: 400 forged, 402 too low, 409 when another entry has paid the invoice', async () => {
  const path = `/context/${contextHash}`
  const quote = await requestQuote()
  const low = await payQuote(payer, quote, { amount: toMicroTokens(1n) })
  expect(await getJson(path, paymentHeader(low.payment))).toMatchObject({
    status: 402,
    body: { error: { code: 'payment-required' } },
  })
  const { payment } = await payQuote(payer, quote)
  const forgedWire = payment.payWire.map((byte, at) => (at === payment.payWire.length - 1 ? byte ^ 1 : byte))
  expect(await getJson(path, paymentHeader({ ...payment, payWire: forgedWire }))).toMatchObject({
    status: 400,
    body: { error: { code: 'bad-signature' } },
  })
  expect(await getJson(path, paymentHeader(payment))).toMatchObject({ status: 200 })
  const again = await payQuote(payer, quote)
  expect(await getJson(path, paymentHeader(again.payment))).toMatchObject({
    status: 409,
    body: { error: { code: 'conflicting-invoice' } },
  })
  expect(await getJson(path, { ...asPayer(), 'x-payment': 'AAAA' })).toMatchObject({
    status: 400,
    body: { error: { code: 'bad-encoding' } },
  })
  expect(await readLedgerStats(server)).toMatchObject({ conserved: true })
})

it('lists the seeder and guests: announce, scrape, peers', async () => {
  const guestContext = hashText('What a guest shares')
  const announced = await postJson('/announce', {
    peer_id: 'guest-1',
    port: 4_001,
    contexts: [{ hash: guestContext, size_bytes: 1_024, title: 'A guest’s context', tags: ['test'] }],
  })
  expect(announced).toMatchObject({ status: 200, body: { status: 'ok', peers_online: 2, contexts_total: 2 } })

  const scraped = await getJson(`/scrape?context_hash=${contextHash}`)
  expect(scraped.body).toMatchObject({ total_peers: 1, peers: [{ authenticated: true }] })
  const guests = await getJson(`/scrape?context_hash=${guestContext}`)
  expect(guests.body).toMatchObject({
    total_peers: 1,
    peers: [{ peer_id: 'guest-1', port: 4_001, authenticated: false, token_cost: 2 }],
  })
  const { body } = await getJson('/peers')
  expect(body).toMatchObject({ peers_online: 2, contexts_total: 2 })
  expect(body['peers']).toHaveLength(2)
  expect(await getJson(`/context/${hashText('Nobody has it')}`)).toMatchObject({
    status: 404,
    body: { error: { code: 'not-found' } },
  })
  expect(await getJson('/scrape?context_hash=nonsense')).toMatchObject({
    status: 400,
    body: { error: { code: 'bad-input' } },
  })
})
