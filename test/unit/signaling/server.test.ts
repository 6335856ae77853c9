import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { parseOptions } from '../../../signaling/options.ts'
import { startServer, type RunningServer } from '../../../signaling/server.ts'
import { NETWORK_INFO_PATH, parseNetworkInfo } from '../../../src/protocols/network-info.ts'

let dataDir = ''
const running: RunningServer[] = []

beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'loremesh-server-'))
})

afterEach(async () => {
  await Promise.all(running.splice(0).map((server) => server.stop()))
  rmSync(dataDir, { recursive: true })
})

/** A server without a seeder; `dataDir` doubles as the folder of the app. */
async function start(...args: string[]): Promise<RunningServer> {
  const options = parseOptions(['--port', '0', '--seeder', 'off', ...args], {
    LOREMESH_DATA_DIR: dataDir,
    LOREMESH_DIST_DIR: dataDir,
  })
  const server = await startServer({ log: () => undefined, nowMs: Date.now }, options)
  running.push(server)
  return server
}

async function networkOf(server: RunningServer) {
  return parseNetworkInfo(await (await fetch(new URL(NETWORK_INFO_PATH, server.url))).json())
}

it('keeps its key, readable by its user alone, and its network over a restart', async () => {
  const first = await start('--network-name', 'one', '--starter-tokens', '5')
  const before = await networkOf(first)
  expect(before.genesis).toMatchObject({ name: 'one', starterGrant: 5_000_000n })
  expect(statSync(join(dataDir, 'server.key')).mode & 0o777).toBe(0o600)
  await first.stop()
  running.length = 0
  const after = await networkOf(await start('--network-name', 'two'))
  expect(after.genesis).toEqual(before.genesis)
  expect(after.trackers).toEqual(before.trackers)
})

it('is ready at once without a seeder, and adds up', async () => {
  const { url } = await start()
  expect((await fetch(new URL('/readyz', url))).status).toBe(200)
  const stats = (await (await fetch(new URL('/stats.json', url))).json()) as { ledger: object }
  expect(stats.ledger).toMatchObject({ minted: '0', conserved: true })
  expect(await (await fetch(new URL('/metrics', url))).text()).toContain('loremesh_ledger_conserved 1')
})

it('says what to do when the port is taken', async () => {
  const { url } = await start()
  const second = start('--port', url.port)
  await expect(second).rejects.toMatchObject({
    code: 'already-running',
    hint: expect.stringContaining(`--port ${Number(url.port) + 1}`) as string,
  })
})

it('refuses a damaged genesis with a typed error', async () => {
  writeFileSync(join(dataDir, 'genesis.json'), '{')
  await expect(start()).rejects.toMatchObject({ code: 'bad-input' })
})
