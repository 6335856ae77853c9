import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { parseOptions } from '../../signaling/options.ts'
import { startServer, type RunningServer } from '../../signaling/server.ts'
import type { NetworkState } from '../../src/ports/network.ts'
import { NETWORK_INFO_PATH, parseNetworkInfo } from '../../src/protocols/network-info.ts'
import { testIdentity } from '../support/ledger.ts'
import { createTestBed } from '../support/libp2p-peers.ts'

const bed = createTestBed()
let dir: string
let server: RunningServer | undefined

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'loremesh-addresses-'))
})
afterEach(async () => {
  await bed.stopAll()
  await server?.stop()
  rmSync(dir, { recursive: true })
})

/** Relays in the addresses of a peer that joined by the address which a server at `port` hands out. */
async function relaysOfPeer(port: string): Promise<readonly string[]> {
  const response = await fetch(`http://127.0.0.1:${port}${NETWORK_INFO_PATH}`)
  const { trackers } = parseNetworkInfo(await response.json())
  const address = `/ip4/127.0.0.1/tcp/${port}/ws/p2p/${trackers[0] ?? ''}`
  const peer = await bed.startPeer(testIdentity(1), address)
  let addresses: NetworkState['addresses'] = []
  peer.network.state.subscribe((state) => (addresses = state.addresses))()
  return [...new Set(addresses.map((text) => text.slice(0, text.indexOf('/p2p/'))))]
}

async function start(...args: string[]): Promise<RunningServer> {
  const env = { LOREMESH_DATA_DIR: dir, LOREMESH_DIST_DIR: dir, LOREMESH_SEEDER: 'off' }
  server = await startServer({ log: () => undefined, nowMs: Date.now }, parseOptions(args, env))
  return server
}

test('a peer knows the relay by the HTTP port alone, never by the port behind it', async () => {
  const { url } = await start('--port', '0')
  expect(await relaysOfPeer(url.port)).toEqual([`/ip4/127.0.0.1/tcp/${url.port}/ws`])
})

test('a peer that joined from within knows the public address as well', async () => {
  const first = await start('--port', '0')
  const { port } = first.url
  await first.stop()
  await start('--port', port, '--public-url', 'https://mesh.example.org')
  expect(await relaysOfPeer(port)).toEqual([
    `/ip4/127.0.0.1/tcp/${port}/ws`,
    '/dns4/mesh.example.org/tcp/443/tls/ws',
  ])
})
