import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Log } from '../../signaling/log.ts'
import { parseOptions } from '../../signaling/options.ts'
import { startServer, type RunningServer } from '../../signaling/server.ts'
import { nodeTransports } from '../../src/adapters/network-libp2p/node-transports.ts'
import { openLibp2pNetwork } from '../../src/adapters/network-libp2p/open-libp2p-network.ts'
import { createNodeClock } from '../../src/adapters/system-node/node-clock.ts'
import { createNodeRandomness } from '../../src/adapters/system-node/node-randomness.ts'
import { createWebCryptoSignatureVerifier } from '../../src/adapters/webcrypto/webcrypto-signature-verifier.ts'
import { hashText, parseContextHash, type ContextHash } from '../../src/domain/content/context-hash.ts'
import { createIdentity } from '../../src/domain/identity/identity.ts'
import { base64urlToBytes, bytesToBase64url } from '../../src/domain/kernel/base64url.ts'
import { encodeCbor } from '../../src/domain/kernel/cbor.ts'
import { encodeCertificate } from '../../src/domain/ledger/certificate.ts'
import { collectEntry, openEntry, payEntry } from '../../src/domain/ledger/entry-builders.ts'
import { signEntry } from '../../src/domain/ledger/entry-codec.ts'
import type { Entry, SignedEntry } from '../../src/domain/ledger/entry.ts'
import { fetchRequestDigest, parseQuote, verifyQuote } from '../../src/domain/ledger/quote.ts'
import { signAck } from '../../src/domain/ledger/voucher.ts'
import { createLedgerView, type LedgerView } from '../../src/peer/ledger-view.ts'
import type { Certifier } from '../../src/ports/certifier.ts'
import type { Network } from '../../src/ports/network.ts'
import { NETWORK_INFO_PATH, parseNetworkInfo, type NetworkInfo } from '../../src/protocols/network-info.ts'
import { firstGrant } from '../support/ledger.ts'
import { handlers, isDialable, until } from '../support/libp2p-peers.ts'

const verifier = createWebCryptoSignatureVerifier()
const payer = createIdentity(new Uint8Array(32).fill(7))
const dir = mkdtempSync(join(tmpdir(), 'loremesh-http-'))
const text = '# Tides\n\nThe moon pulls the sea, so the water rises and falls twice a day.\n'

let server: RunningServer
let info: NetworkInfo
let network: Network
let certifier: Certifier
let view: LedgerView

beforeAll(async () => {
  mkdirSync(join(dir, 'library'))
  mkdirSync(join(dir, 'dist'))
  writeFileSync(join(dir, 'library', 'tides.md'), text)
  const options = parseOptions(['--port', '0'], {
    LOREMESH_DATA_DIR: join(dir, 'data'),
    LOREMESH_DIST_DIR: join(dir, 'dist'),
    LOREMESH_LIBRARY_DIR: join(dir, 'library'),
  })
  let onAnnounced: () => void = () => undefined
  const announced = new Promise<void>((resolve) => (onAnnounced = resolve))
  const log: Log = (_level, event) => {
    if (event === 'seeder announced') onAnnounced()
  }
  server = await startServer({ log, nowMs: Date.now }, options)
  info = parseNetworkInfo(await (await fetch(new URL(NETWORK_INFO_PATH, server.url))).json())
  view = createLedgerView({ genesis: info.genesis, clock: createNodeClock() })
  const opened = await openLibp2pNetwork(
    {
      identity: payer,
      clock: createNodeClock(),
      randomness: createNodeRandomness(),
      genesis: info.genesis,
      verifier,
      transports: nodeTransports,
    },
    {
      bootstrapAddresses: info.bootstrap,
      authorityAddresses: info.authorities,
      trackerPeerIds: info.trackers,
      allowPrivateAddresses: true,
      iceServers: [],
    },
  )
  network = opened.network
  certifier = opened.certifier
  await network.start(handlers())
  await until(network.state, isDialable)
  await announced
})

afterAll(async () => {
  await network.stop()
  await server.stop()
  rmSync(dir, { recursive: true })
})

async function write(entry: Entry): Promise<SignedEntry> {
  const signed = signEntry(payer, entry)
  await certifier.certify(signed)
  return signed
}

async function ownState() {
  const { certified } = await certifier.head(payer.peerId, 0)
  if (certified === undefined) throw new Error('The account is unknown')
  return certified.state
}

/** Any context of the only document that the seeder shares. */
async function findContext(): Promise<ContextHash> {
  const hits = await network.search(await seederId(), { question: 'tides', tags: [], vector: null, limit: 1 })
  return parseContextHash(hits[0]?.descriptor.descriptor.contextHash ?? '')
}

async function seederId() {
  const { peers } = (await (await fetch(new URL('/peers', server.url))).json()) as {
    peers: { peer_id: string }[]
  }
  const [seeder] = peers
  if (seeder === undefined) throw new Error('No peer is listed')
  const link = await network.connect(seeder.peer_id as Parameters<Network['connect']>[0], [])
  return link.peerId
}

it('sells a context over HTTP: price, quote, certified payment, content, again for nothing, acknowledgement', async () => {
  const contextHash = await findContext()
  const url = new URL(`/context/${contextHash}`, server.url)
  const headers = { 'x-requester-peer-id': payer.peerId, 'x-max-token-cost': '20' }

  const unpaid = await fetch(url, { headers })
  expect(unpaid.status).toBe(402)
  const offer = (await unpaid.json()) as { quote: string; request_id: string; token_cost: number }
  const quote = parseQuote(base64urlToBytes(offer.quote))
  await verifyQuote(quote, verifier)
  expect(quote.quote.request).toEqual(fetchRequestDigest(base64urlToBytes(offer.request_id), [contextHash]))

  const { genesis } = info
  await write(openEntry(payer.account, view.moment(), view.lookup()))
  const grant = await certifier.requestStarterGrant(firstGrant(genesis))
  await write(collectEntry(await ownState(), grant, view.moment(), view.lookup()))
  const { payee, price } = quote.quote
  const expiresAtMs = Date.now() + genesis.paymentWindowMs
  const pay = payEntry(
    await ownState(),
    { to: payee, amount: price, invoice: quote.invoice, expiresAtMs },
    view.moment(),
    view.lookup(),
  )
  const signed = signEntry(payer, pay)
  const certificateWire = encodeCertificate(await certifier.certify(signed))
  const payment = bytesToBase64url(encodeCbor([quote.wire, signed.wire, certificateWire]))

  const paid = await fetch(url, { headers: { ...headers, 'x-payment': payment } })
  expect(paid.status).toBe(200)
  const { content, metadata } = (await paid.json()) as { content: string; metadata: { author: string } }
  expect(hashText(content)).toBe(contextHash)
  expect(text).toContain(content)
  expect(metadata.author).toMatch(/^12D3KooW/)

  const again = await fetch(url, { headers: { ...headers, 'x-payment': payment } })
  expect(((await again.json()) as { content: string }).content).toBe(content)
  expect((await ownState()).credit).toBe(genesis.starterGrant - price)

  const acknowledged = await fetch(`${url.href}/ack`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      requester_peer_id: payer.peerId,
      invoice: bytesToBase64url(quote.invoice),
      ack: bytesToBase64url(signAck(payer, signed.hash).signature),
    }),
  })
  expect(await acknowledged.json()).toEqual({ status: 'ok' })

  const stats = (await (await fetch(new URL('/stats.json', server.url))).json()) as {
    ledger: { conserved: boolean; minted: string }
  }
  expect(stats.ledger).toMatchObject({ conserved: true, minted: String(2n * genesis.starterGrant) })
})
