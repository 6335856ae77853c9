import { readFileSync } from 'node:fs'
import { afterEach, expect, it } from 'vitest'
import { openHttpApp, soldHash } from './http-fixture.ts'

interface Vectors {
  readonly announce: { readonly request: Announce; readonly ourResponse: object }
  readonly scrape: { readonly announced: { readonly size_bytes: number }; readonly guestResponse: object }
  readonly peers: { readonly guestPeer: object }
  readonly context: {
    readonly requestHeaders: Record<string, string>
    readonly ourHeaders: Record<string, string>
  }
  readonly verify: { readonly request: object; readonly ourStatus: number; readonly ourCode: string }
}
interface Announce {
  readonly contexts: readonly { readonly hash: string }[]
}

const vectors = JSON.parse(
  readFileSync(new URL('../../vectors/requirement-http.json', import.meta.url), 'utf8'),
) as Vectors

const closers: (() => Promise<void>)[] = []
afterEach(async () => {
  await Promise.all(closers.splice(0).map((close) => close()))
})

async function openApp() {
  const opened = await openHttpApp()
  closers.push(opened.close)
  return opened.app
}

async function announce(app: Awaited<ReturnType<typeof openApp>>, payload: object) {
  return app.inject({ method: 'POST', url: '/announce', payload })
}

it('takes the requirement’s announcement', async () => {
  const app = await openApp()
  const answer = await announce(app, vectors.announce.request)
  expect(answer.statusCode).toBe(200)
  const { peers_online, contexts_total } = vectors.announce.ourResponse as Record<string, number>
  // The fixture's seeder is online with one context of its own.
  expect(answer.json()).toEqual({
    ...vectors.announce.ourResponse,
    peers_online: (peers_online ?? 0) + 1,
    contexts_total: (contexts_total ?? 0) + 1,
  })
})

it('scrapes a guest in the requirement’s form, after the peers that proved their key', async () => {
  const app = await openApp()
  const [context] = vectors.announce.request.contexts
  const own = {
    ...vectors.announce.request,
    peer_id: 'def456',
    contexts: [{ ...context, ...vectors.scrape.announced }],
  }
  await announce(app, own)
  const answer = await app.inject(`/scrape?context_hash=${context?.hash ?? ''}`)
  expect(answer.json()).toEqual(vectors.scrape.guestResponse)

  await announce(app, { ...own, contexts: [{ hash: soldHash, size_bytes: 5120 }] })
  const both = (await app.inject(`/scrape?context_hash=${soldHash}`)).json<{
    peers: { authenticated: boolean }[]
  }>()
  expect(both).toMatchObject({ total_peers: 2, avg_latency_ms: 12 })
  expect(both.peers.map((peer) => peer.authenticated)).toEqual([true, false])
})

it('lists peers in the requirement’s form', async () => {
  const app = await openApp()
  await announce(app, vectors.announce.request)
  const answer = (await app.inject('/peers')).json<{ announce: string; peers: object[] }>()
  expect(answer.announce).toBe('/announce')
  expect(answer.peers).toHaveLength(2)
  expect(answer.peers[1]).toMatchObject(vectors.peers.guestPeer)
})

it('prices 5 KB at the requirement’s 10 tokens in its headers', async () => {
  const app = await openApp()
  const answer = await app.inject({ url: `/context/${soldHash}`, headers: vectors.context.requestHeaders })
  expect(answer.statusCode).toBe(402)
  expect(answer.headers).toMatchObject(vectors.context.ourHeaders)
})

it('answers a verification honestly that it does not exist yet', async () => {
  const app = await openApp()
  const answer = await app.inject({ method: 'POST', url: '/verify', payload: vectors.verify.request })
  expect(answer.statusCode).toBe(vectors.verify.ourStatus)
  expect(answer.json()).toMatchObject({ error: { code: vectors.verify.ourCode } })
})

it('lets a guest take neither another guest’s place nor a peer’s', async () => {
  const app = await openApp()
  await announce(app, vectors.announce.request)
  await announce(app, { ...vectors.announce.request, port: 6882, contexts: [] })
  const [context] = vectors.announce.request.contexts
  const answer = await app.inject(`/scrape?context_hash=${context?.hash ?? ''}`)
  expect(answer.json()).toMatchObject({ total_peers: 1, peers: [{ port: 6881 }] })
})
