import { afterEach, describe, expect, it } from 'vitest'
import { hashText } from '../../../src/domain/content/context-hash.ts'
import { bytesToBase64url } from '../../../src/domain/kernel/base64url.ts'
import { encodeCbor } from '../../../src/domain/kernel/cbor.ts'
import { LoremeshError } from '../../../src/domain/kernel/errors.ts'
import { parseNetworkInfo } from '../../../src/protocols/network-info.ts'
import { createServerMetrics } from '../../../signaling/server-metrics.ts'
import type { ServerStats } from '../../../signaling/stats.ts'
import { openHttpApp, quoteWire, reader, server, sold, soldHash } from './http-fixture.ts'

const closers: (() => Promise<void>)[] = []
afterEach(async () => {
  await Promise.all(closers.splice(0).map((close) => close()))
})

async function openApp(...args: Parameters<typeof openHttpApp>) {
  const opened = await openHttpApp(...args)
  closers.push(opened.close)
  return opened
}

const payment = bytesToBase64url(encodeCbor([quoteWire, Uint8Array.of(4), Uint8Array.of(5)]))
const asReader = { 'x-requester-peer-id': reader.peerId }

describe('the app’s files', () => {
  it('serves the page with the security headers, to be asked about every time', async () => {
    const { app } = await openApp()
    const answer = await app.inject('/')
    expect(answer.statusCode).toBe(200)
    expect(answer.headers).toMatchObject({
      'cache-control': 'no-cache',
      'content-security-policy': expect.stringContaining("'wasm-unsafe-eval'") as string,
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-embedder-policy': 'require-corp',
      'x-content-type-options': 'nosniff',
    })
  })

  it('lets the page connect to authorities elsewhere', async () => {
    const { app } = await openApp()
    const policy = String((await app.inject('/')).headers['content-security-policy'])
    expect(/connect-src [^;]*/.exec(policy)?.[0].split(' ')).toEqual(expect.arrayContaining(['ws:', 'wss:']))
  })

  it('lets the page ask language models elsewhere, unencrypted on the own machine only', async () => {
    const { app } = await openApp()
    const policy = String((await app.inject('/')).headers['content-security-policy'])
    const allowed = /connect-src [^;]*/.exec(policy)?.[0].split(' ') ?? []
    expect(allowed).toContain('https:')
    expect(allowed.filter((source) => source.startsWith('http:')).sort()).toEqual([
      'http://127.0.0.1:*',
      'http://localhost:*',
    ])
  })

  it('lets hashed assets be kept for ever, but not the service worker', async () => {
    const { app } = await openApp()
    expect((await app.inject('/assets/index-B1c2D3e4.js')).headers['cache-control']).toContain('immutable')
    expect((await app.inject('/sw.js')).headers['cache-control']).toBe('no-cache')
  })

  it('shows the page at an address inside the app, but never in place of a missing file', async () => {
    const { app } = await openApp()
    const headers = { accept: 'text/html,*/*' }
    expect((await app.inject({ url: '/library', headers })).body).toContain('Loremesh')
    for (const url of ['/models/missing', '/assets/gone.js', '/old.wasm', '/.build-stamp']) {
      expect((await app.inject({ url, headers })).statusCode, url).toBe(404)
    }
    const answer = await app.inject('/library')
    expect(answer.statusCode).toBe(404)
    expect(answer.json()).toMatchObject({ error: { code: 'not-found' } })
  })
})

describe('GET /context/{hash}', () => {
  it('asks for payment with the price, and with a quote for a named requester', async () => {
    const { app } = await openApp()
    const anonymous = await app.inject(`/context/${soldHash}`)
    expect(anonymous.statusCode).toBe(402)
    expect(anonymous.headers).toMatchObject({ 'x-token-cost': '10', 'x-context-size-bytes': '5120' })
    expect(anonymous.json()).toMatchObject({
      error: { code: 'payment-required' },
      token_cost: 10,
      token_cost_micro: '10000000',
      quote: null,
    })
    const named = await app.inject({ url: `/context/${soldHash}`, headers: asReader })
    expect(named.json()).toMatchObject({ quote: bytesToBase64url(quoteWire) })
  })

  it('refuses a price above X-Max-Token-Cost even when it is paid', async () => {
    const { app } = await openApp()
    const headers = { ...asReader, 'x-max-token-cost': '9.999999', 'x-payment': payment }
    const answer = await app.inject({ url: `/context/${soldHash}`, headers })
    expect(answer.statusCode).toBe(402)
    expect(answer.json()).toMatchObject({ error: { code: 'price-above-limit' } })
  })

  it('delivers content, metadata and embedding for a payment', async () => {
    const { app } = await openApp()
    const headers = { ...asReader, 'x-max-token-cost': '10', 'x-payment': payment }
    const answer = await app.inject({ url: `/context/${soldHash}`, headers })
    expect(answer.statusCode).toBe(200)
    expect(answer.headers).toMatchObject({ 'x-token-cost': '10', 'x-peer-reputation': '0.5' })
    expect(answer.json()).toMatchObject({
      hash: soldHash,
      content: sold,
      metadata: { title: 'ONEX Effect Node', created_at: '2025-10-01T00:00:00.000Z' },
      embedding: [0.5],
      delivery: 'CQ',
    })
  })

  it('passes on what the seeder refuses a payment with', async () => {
    const { app } = await openApp({
      seeder: {
        peerId: undefined,
        quote: () => Promise.reject(new LoremeshError('not-ready', 'Starting')),
        pay: () => Promise.reject(new LoremeshError('already-claimed', 'Spent')),
        acknowledge: () => Promise.reject(new LoremeshError('not-found', 'No such payment')),
      },
    })
    const headers = { ...asReader, 'x-payment': payment }
    const answer = await app.inject({ url: `/context/${soldHash}`, headers })
    expect(answer.statusCode).toBe(503)
    expect(answer.json()).toMatchObject({ error: { code: 'no-provider' } })
  })

  it('refuses malformed hashes, payers and payments, and says that an unknown context is unknown', async () => {
    const { app } = await openApp()
    const statusOf = async (path: string, headers: Record<string, string> = {}) =>
      (await app.inject({ url: `/context/${path}`, headers })).statusCode
    expect(await statusOf('sha256:abc')).toBe(400)
    expect(await statusOf(hashText('nobody has this'))).toBe(404)
    expect(await statusOf(soldHash, { 'x-requester-peer-id': 'me' })).toBe(400)
    expect(await statusOf(soldHash, { 'x-payment': payment })).toBe(400)
    expect(await statusOf(soldHash, { ...asReader, 'x-payment': '%' })).toBe(400)
    expect(await statusOf(soldHash, { ...asReader, 'x-payment': bytesToBase64url(encodeCbor([1])) })).toBe(
      400,
    )
    expect(await statusOf(soldHash, { ...asReader, 'x-payment': 'A'.repeat(12_000) })).toBe(413)
    expect(await statusOf(soldHash, { 'x-max-token-cost': '-1' })).toBe(400)
  })

  it('takes an acknowledgement', async () => {
    const { app, acknowledged } = await openApp()
    const url = `/context/${soldHash}/ack`
    const payload = {
      requester_peer_id: reader.peerId,
      invoice: bytesToBase64url(new Uint8Array(32)),
      ack: bytesToBase64url(new Uint8Array(64)),
    }
    expect((await app.inject({ method: 'POST', url, payload })).json()).toEqual({ status: 'ok' })
    expect(acknowledged).toEqual([reader.peerId])
    expect((await app.inject({ method: 'POST', url, payload: { ...payload, ack: 'AA' } })).statusCode).toBe(
      400,
    )
  })
})

describe('what operators and clients ask', () => {
  it('describes the network with the address by which the client reached it', async () => {
    const { app } = await openApp()
    const read = async (host: string) =>
      parseNetworkInfo((await app.inject({ url: '/.well-known/loremesh.json', headers: { host } })).json())
    const expectAt = async (host: string, address: string) => {
      const addresses = [`${address}/p2p/${server.peerId}`]
      expect(await read(host)).toMatchObject({ bootstrap: addresses, authorities: addresses })
    }
    await expectAt('127.0.0.1:8080', '/ip4/127.0.0.1/tcp/8080/ws')
    await expectAt('[::1]:8080', '/ip6/::1/tcp/8080/ws')
    await expectAt('mesh.example.org', '/dns4/mesh.example.org/tcp/80/ws')
  })

  it('describes the network with the configured public URL', async () => {
    const { app } = await openApp({ publicUrl: new URL('https://mesh.example.org') })
    const info = parseNetworkInfo((await app.inject('/.well-known/loremesh.json')).json())
    const addresses = [`/dns4/mesh.example.org/tcp/443/tls/ws/p2p/${server.peerId}`]
    expect(info).toMatchObject({ bootstrap: addresses, authorities: addresses })
  })

  it('is ready only when nothing stands against it, but healthy before', async () => {
    let reason = 'The seeder is starting'
    const { app } = await openApp({ unreadyReason: () => reason })
    expect((await app.inject('/healthz')).statusCode).toBe(200)
    expect((await app.inject('/readyz')).json()).toMatchObject({
      error: { code: 'not-ready', message: reason },
    })
    reason = ''
    expect((await app.inject('/readyz')).statusCode).toBe(200)
  })

  it('counts requests by route and status for Prometheus', async () => {
    const { app } = await openApp()
    await app.inject(`/context/${soldHash}`)
    const { body, headers } = await app.inject('/metrics')
    expect(headers['content-type']).toContain('text/plain')
    expect(body).toContain('loremesh_http_requests_total{route="/context/:hash",status="402"} 1')
  })

  it('tells the ledger’s totals as decimal texts', async () => {
    const { app } = await openApp()
    expect((await app.inject('/stats.json')).json()).toMatchObject({
      ledger: { minted: '1000000000', credits: '1000000000', conserved: true },
    })
  })

  it('tells where checkpoints and authorities stand, as JSON and for Prometheus', async () => {
    const { app } = await openApp()
    const stats = (await app.inject('/stats.json')).json<ServerStats>()
    expect(stats).toMatchObject({
      authorities: { total: 4, reachable: 3, quorum: 3 },
      ledger: { checkpoint: { height: 7, ageSeconds: 12 }, frauds: 1, entriesPerSecond: 0.5 },
    })
    const { app: watched } = await openApp({ metrics: createServerMetrics(() => Promise.resolve(stats)) })
    const { body } = await watched.inject('/metrics')
    for (const sample of [
      'loremesh_authorities_reachable 3',
      'loremesh_authorities_quorum 3',
      'loremesh_checkpoint_height 7',
      'loremesh_checkpoint_age_seconds 12',
      'loremesh_entries_per_second 0.5',
      'loremesh_frauds 1',
    ]) {
      expect(body).toContain(`${sample}\n`)
    }
  })
})

describe('limits', () => {
  it('refuses more API requests of one address than fit its rate, until time has passed', async () => {
    const { app, clock } = await openApp({}, { apiRate: { burst: 2, perSecond: 1 } })
    const statuses = async () => (await app.inject('/peers')).statusCode
    expect([await statuses(), await statuses(), await statuses()]).toEqual([200, 200, 429])
    expect((await app.inject('/')).statusCode).toBe(200)
    clock.nowMs += 1000
    expect(await statuses()).toBe(200)
  })

  it('refuses a body that is too large or no JSON', async () => {
    const { app } = await openApp()
    const post = (payload: string) =>
      app.inject({
        method: 'POST',
        url: '/announce',
        headers: { 'content-type': 'application/json' },
        payload,
      })
    expect((await post('"' + 'x'.repeat(2_000_000) + '"')).json()).toMatchObject({
      error: { code: 'message-too-large' },
    })
    expect((await post('{')).json()).toMatchObject({ error: { code: 'bad-input' } })
  })

  it('keeps an internal fault’s words to itself', async () => {
    const { app } = await openApp({
      readStats: () => {
        throw new Error('secret path')
      },
    })
    const answer = await app.inject('/stats.json')
    expect(answer.statusCode).toBe(500)
    expect(answer.body).not.toContain('secret')
  })
})
