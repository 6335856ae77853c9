import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { formatGenesis } from '../../signaling/genesis-file.ts'
import { openServerIdentity } from '../../signaling/key-file.ts'
import { parseOptions } from '../../signaling/options.ts'
import { toNetworkOptions } from '../../src/adapters/network-libp2p/open-libp2p-network.ts'
import type { PeerId } from '../../src/domain/identity/account.ts'
import type { NetworkState } from '../../src/ports/network.ts'
import { NETWORK_INFO_PATH, parseNetworkInfo } from '../../src/protocols/network-info.ts'
import { testIdentity } from '../support/ledger.ts'
import { createTestBed, until, type TestPeer } from '../support/libp2p-peers.ts'
import { freePort, startProgram, type TestProcess } from '../support/start-server.ts'
import { testHash } from '../support/test-contexts.ts'

interface Server {
  readonly peerId: PeerId
  readonly url: string
  readonly process: TestProcess
}

const bed = createTestBed()
let dir: string
let servers: readonly Server[] = []

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'loremesh-failover-'))
  servers = await startServers()
})
afterEach(async () => {
  await bed.stopAll()
  await Promise.all(servers.map(({ process }) => process.end('SIGTERM')))
  rmSync(dir, { recursive: true, force: true })
})

/** Two servers of one network, each a process with its own key; two more of its operators run nothing. */
async function startServers(): Promise<readonly Server[]> {
  const identities = [0, 1, 2, 3].map((n) => {
    mkdirSync(join(dir, String(n)))
    return openServerIdentity(join(dir, String(n)))
  })
  const accounts = identities.map(({ account }) => account)
  const genesis = formatGenesis(accounts, parseOptions([], {}), Date.now())
  const ports = await Promise.all(identities.map(freePort))
  const addresses = identities.map(({ peerId }, n) => `/ip4/127.0.0.1/tcp/${ports[n] ?? 0}/ws/p2p/${peerId}`)
  return Promise.all(
    identities.slice(0, 2).map(async ({ peerId }, n): Promise<Server> => {
      writeFileSync(join(dir, String(n), 'genesis.json'), genesis)
      const url = `http://127.0.0.1:${ports[n] ?? 0}`
      const process = startProgram(['signaling/main.ts'], {
        LOREMESH_PORT: String(ports[n]),
        LOREMESH_DATA_DIR: join(dir, String(n)),
        LOREMESH_DIST_DIR: dir,
        LOREMESH_SEEDER: 'off',
        LOREMESH_AUTHORITY_ADDRESSES: addresses.filter((_, other) => other !== n).join(),
        LOREMESH_SERVERS: addresses[1 - n] ?? '',
      })
      await process.until(async () => (await fetch(`${url}/healthz`).catch(() => undefined))?.ok === true)
      return { peerId, url, process }
    }),
  )
}

/** A peer that joins as the page of a server tells it. */
async function joinBy(seed: number, { url }: Server): Promise<TestPeer> {
  const response = await fetch(new URL(NETWORK_INFO_PATH, url))
  const info = parseNetworkInfo(await response.json())
  return bed.startPeer(testIdentity(seed), '', {}, { ...toNetworkOptions(info), genesis: info.genesis })
}

const shared = (n: number) => [{ contextHash: testHash(n), title: 'A context', sizeBytes: 100, tags: [] }]

/** Finds who shares a context, and links with it directly. */
async function findAndLink(from: TestPeer, n: number) {
  const [provider] = await from.routing.findProviders(testHash(n))
  if (provider === undefined) throw new Error('Nobody is found')
  return from.network.connect(provider.peerId, provider.addresses)
}

const isReachableThrough =
  ({ peerId }: Server) =>
  ({ addresses }: NetworkState) =>
    addresses.some((address) => address.includes(`/p2p/${peerId}/p2p-circuit`))

test('when a server is gone for good, peers find and reach each other through another one, newcomers too', async () => {
  const [gone, left] = servers
  if (gone === undefined || left === undefined) throw new Error('Two servers were started')
  const [anna, ben] = await Promise.all([joinBy(1, gone), joinBy(2, gone)])
  for (const { network } of [anna, ben]) {
    for (const server of servers) await until(network.state, isReachableThrough(server))
  }
  await anna.routing.provide(shared(1))

  await gone.process.end('SIGKILL')
  for (const { network } of [anna, ben]) {
    const state = await until(network.state, (now) => !isReachableThrough(gone)(now))
    expect(isReachableThrough(left)(state)).toBe(true)
    expect(state.relays.find(({ peerId }) => peerId === left.peerId)?.status).toBe('reserved')
  }
  expect(await findAndLink(ben, 1)).toMatchObject({ peerId: anna.identity.peerId, kind: 'webrtc' })

  const carl = await joinBy(3, left)
  expect(await findAndLink(carl, 1)).toMatchObject({ peerId: anna.identity.peerId, kind: 'webrtc' })
  await carl.routing.provide(shared(2))
  expect(await findAndLink(ben, 2)).toMatchObject({ peerId: carl.identity.peerId, kind: 'webrtc' })
})
