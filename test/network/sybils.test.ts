import { afterEach, expect, it } from 'vitest'
import type { ContextHash } from '../../src/domain/content/context-hash.ts'
import {
  encodeTrackerRequest,
  parsePeerListReply,
  parseScrapeReply,
  TRACKER_PROTOCOL,
} from '../../src/protocols/tracker.ts'
import { startNodePeer } from '../support/node-peer.ts'
import { startRawPeer } from '../support/node-peer-raw.ts'
import { startServer } from '../support/start-server.ts'
import { startSybils } from '../support/sybil-crowd.ts'

const SYBILS = 100
const NUMWANT = 50

const stops: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop()
})

it('a crowd of keys from one network that claims to have what somebody shares neither hides it nor keeps it from others', async () => {
  const server = await startServer({ LOREMESH_SEEDER: 'false', LOREMESH_TRUST_PROXY: 'true' })
  stops.push(() => server.stop())
  const announced = new Set<ContextHash>()
  const [seller, buyer, asker] = await Promise.all([
    startNodePeer(server),
    startNodePeer(server, {
      intercept: (handlers) => ({
        onGossip(message, from, topic) {
          if (message.type === 'descriptors') {
            for (const { descriptor } of message.descriptors) announced.add(descriptor.contextHash)
          }
          return handlers.onGossip(message, from, topic)
        },
      }),
    }),
    startRawPeer(server),
  ])
  stops.push(
    () => seller.close(),
    () => buyer.close(),
    () => asker.stop(),
  )
  await seller.share('tides.md', '# Tides\n\nThe moon and the sun pull the sea, which rises twice a day.\n')
  await expect.poll(() => announced.size).toBe(1)
  const [contextHash] = announced
  if (contextHash === undefined) throw new Error('Nothing was announced')
  const crowd = await startSybils(server, {
    count: SYBILS,
    perSecond: 50,
    network: '203.0.113',
    contexts: [contextHash],
  })
  stops.push(() => crowd.stop())
  expect(crowd.joined).toBe(SYBILS)

  const ask = (request: Parameters<typeof encodeTrackerRequest>[0]) =>
    asker.askServer(TRACKER_PROTOCOL, encodeTrackerRequest(request))
  const scraped = parseScrapeReply(await ask({ type: 'scrape', contextHash, numwant: NUMWANT }))
  const listed = parsePeerListReply(await ask({ type: 'peer-list', numwant: NUMWANT }))
  expect(scraped.totalPeers).toBe(SYBILS + 1)
  for (const peers of [scraped.peers, listed]) {
    expect(peers.map(({ peerId }) => peerId)).toContain(seller.identity.peerId)
    expect(peers).toHaveLength(NUMWANT / 2 + 1)
  }
  const { results } = await buyer.ask('What do the moon and the sun pull?')
  expect(results.map(({ provider }) => provider)).toEqual([seller.identity.peerId])
})
