import type { FastifyInstance } from 'fastify'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { webSocketMultiaddr } from '../../../signaling/endpoint.ts'
import { createHttpApp, type HttpOptions, type HttpServices } from '../../../signaling/http-app.ts'
import { createGuestSwarm } from '../../../signaling/guest-swarm.ts'
import { createMetrics } from '../../../signaling/metrics.ts'
import type { ServerStats } from '../../../signaling/stats.ts'
import { hashText } from '../../../src/domain/content/context-hash.ts'
import { createGenesis } from '../../../src/domain/economy/parameters.ts'
import { contextPrice } from '../../../src/domain/economy/price.ts'
import { createIdentity } from '../../../src/domain/identity/identity.ts'
import { unknownPeer } from '../../../src/domain/tracker/announcement.ts'
import { digestOfSet } from '../../../src/domain/tracker/set-digest.ts'
import { createTracker } from '../../../src/domain/tracker/tracker.ts'

const identityOf = (seed: number) => createIdentity(new Uint8Array(32).fill(seed))

export const server = identityOf(1)
const seeder = identityOf(2)
export const reader = identityOf(3)
export const sold = 'x'.repeat(5120)
export const soldHash = hashText(sold)
export const quoteWire = Uint8Array.of(1, 2, 3)

const genesis = createGenesis({ name: 'test', createdAtMs: 1, authorities: [server.account] })

const times = { announceTtlMs: 90_000, intervalMs: 30_000 }

const stats: ServerStats = {
  peersOnline: 1,
  guestsOnline: 0,
  contextsTotal: 1,
  connections: 2,
  seederAnnounced: true,
  uptimeSeconds: 3,
  authorities: { total: 4, reachable: 3, quorum: 3 },
  ledger: {
    accounts: 1,
    entries: 2,
    entriesPerSecond: 0.5,
    minted: '1000000000',
    balances: '0',
    credits: '1000000000',
    locked: '0',
    stakes: '0',
    pending: '0',
    drawn: '0',
    pool: '0',
    conserved: true,
    checkpoint: { height: 7, ageSeconds: 12 },
    frauds: 1,
  },
}

/** An HTTP app over a real tracker, with a seeder that sells one context of 5 KB to whoever pays `[1,2,3]`. */
export async function openHttpApp(overrides: Partial<HttpServices> = {}, options: Partial<HttpOptions> = {}) {
  const distDir = mkdtempSync(join(tmpdir(), 'loremesh-dist-'))
  mkdirSync(join(distDir, 'assets'))
  mkdirSync(join(distDir, 'models'))
  writeFileSync(join(distDir, 'index.html'), '<!doctype html><title>Loremesh</title>')
  writeFileSync(join(distDir, 'sw.js'), '')
  writeFileSync(join(distDir, '.build-stamp'), '')
  writeFileSync(join(distDir, 'assets', 'index-B1c2D3e4.js'), '')
  const clock = { nowMs: 0 }
  const tracker = createTracker(times)
  tracker.announce(
    {
      peerId: seeder.peerId,
      addresses: [],
      reset: true,
      added: [{ contextHash: soldHash, sizeBytes: sold.length }],
      removed: [],
      digest: digestOfSet([soldHash]),
      seen: { ...unknownPeer, latencyMs: 12 },
    },
    0,
  )
  const acknowledged: string[] = []
  const services: HttpServices = {
    tracker,
    guests: createGuestSwarm(times),
    priceOf: (sizeBytes) => contextPrice(sizeBytes, genesis.pricePerKb),
    nowMs: () => clock.nowMs,
    seeder: {
      peerId: seeder.peerId,
      quote: () => Promise.resolve(quoteWire),
      pay: () =>
        Promise.resolve({
          context: {
            contextHash: soldHash,
            content: sold,
            title: 'ONEX Effect Node',
            author: seeder.peerId,
            createdAtMs: Date.UTC(2025, 9, 1),
            tags: ['onex', 'effect'],
            references: [],
            embedding: [0.5],
          },
          deliveryWire: Uint8Array.of(9),
        }),
      acknowledge: ({ payer }) => {
        acknowledged.push(payer)
        return Promise.resolve()
      },
    },
    parameters: () => genesis,
    networkInfo: {
      genesis,
      protocols: ['/loremesh/tracker/1.0.0'],
      trackers: [server.peerId],
      allowPrivateAddresses: true,
    },
    iceServers: () => [],
    relaysElsewhere: [],
    authoritiesAt: (url) => [webSocketMultiaddr(url, server.peerId)],
    publicUrl: undefined,
    readStats: () => Promise.resolve(stats),
    unreadyReason: () => '',
    metrics: createMetrics({ loremesh_http_requests_total: 'HTTP requests answered' }, () =>
      Promise.resolve({}),
    ),
    log: () => undefined,
    ...overrides,
  }
  const app: FastifyInstance = await createHttpApp(services, { distDir, trustProxy: false, ...options })
  return {
    app,
    clock,
    acknowledged,
    close: async () => {
      await app.close()
      rmSync(distDir, { recursive: true })
    },
  }
}
