import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { formatGenesis } from '../../../signaling/genesis-file.ts'
import { openServerIdentity } from '../../../signaling/key-file.ts'
import { parseOptions } from '../../../signaling/options.ts'
import { startServer, type RunningServer } from '../../../signaling/server.ts'
import { createIdentity } from '../../../src/domain/identity/identity.ts'
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
function start(...args: string[]): Promise<RunningServer> {
  return startWith({}, ...args)
}

/** The same with more of an environment. */
async function startWith(env: Record<string, string>, ...args: string[]): Promise<RunningServer> {
  const options = parseOptions(['--port', '0', '--seeder', 'off', ...args], {
    LOREMESH_DATA_DIR: dataDir,
    LOREMESH_DIST_DIR: dataDir,
    ...env,
  })
  const server = await startServer({ log: () => undefined, nowMs: Date.now }, options)
  running.push(server)
  return server
}

async function networkOf(server: Pick<RunningServer, 'url'>) {
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

it('names other servers of its network as relays and trackers after itself', async () => {
  const { peerId } = createIdentity(new Uint8Array(32).fill(1))
  const other = `/dns4/two.example.org/tcp/443/tls/ws/p2p/${peerId}`
  const own = openServerIdentity(dataDir).peerId
  const server = await start('--servers', `${other},/dns4/one.example.org/tcp/443/tls/ws/p2p/${own}`)
  const { bootstrap, trackers } = await networkOf(server)
  expect(bootstrap).toEqual([`/ip4/127.0.0.1/tcp/${server.url.port}/ws/p2p/${own}`, other])
  expect(trackers).toEqual([own, peerId])
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
  const second = start('--port', url.port, '--data-dir', join(dataDir, 'second'))
  await expect(second).rejects.toMatchObject({
    code: 'already-running',
    hint: expect.stringContaining(`--port ${Number(url.port) + 1}`) as string,
  })
})

it('says so when another server has the data folder', async () => {
  await start()
  await expect(start()).rejects.toMatchObject({ code: 'already-running' })
})

it('is its own network’s only authority, and spreads its ledger over as many files as it is told', async () => {
  const server = await start('--shards', '2')
  const { bootstrap, authorities } = await networkOf(server)
  expect(authorities).toEqual(bootstrap)
  expect(readdirSync(dataDir).filter((name) => name.endsWith('.sqlite'))).toEqual([
    'ledger-1.sqlite',
    'ledger.sqlite',
  ])
  await server.stop()
  running.length = 0
  await expect(start('--shards', '1')).rejects.toMatchObject({ code: 'bad-input' })
})

it('refuses databases of authorities that it does not run', async () => {
  const env = { DATABASE_URL: 'postgres://localhost/a', DATABASE_URL_1: 'postgres://localhost/b' }
  await expect(startWith(env)).rejects.toMatchObject({ code: 'bad-input' })
})

it('changes the parameters that its operator wishes, and says so to who asks', async () => {
  const wishes = join(dataDir, 'wishes.json')
  writeFileSync(wishes, '{"tokens_per_kb_served": "3", "decay_per_day_ppm": 0}')
  const { url } = await start('--checkpoint-seconds', '1', '--parameters', wishes)
  const readTariff = async () => {
    const info = (await (await fetch(new URL(NETWORK_INFO_PATH, url))).json()) as { tariff: object }
    return info.tariff
  }
  const usual = { new_user_starter_tokens: '1000', newcomer_credit_line: '4', decay_exempt: '300' }
  await expect
    .poll(readTariff, { timeout: 10_000 })
    .toEqual({ ...usual, tokens_per_kb_served: '3', decay_per_day_ppm: 0, bytes_per_kb: 1024 })
})

it('does not start with a wish that no parameter may have, and says which ones it may', async () => {
  const wishes = join(dataDir, 'wishes.json')
  writeFileSync(wishes, '{"newcomer_credit_line": "101"}')
  await expect(start('--parameters', wishes)).rejects.toMatchObject({
    code: 'bad-input',
    message: `newcomer_credit_line is "101" in ${wishes}`,
    hint: expect.stringContaining('from "0" to "100"') as string,
  })
  await expect(start('--parameters', join(dataDir, 'none.json'))).rejects.toMatchObject({
    code: 'bad-input',
    hint: 'Check --parameters',
  })
})

it('does not start when too few authorities of its network can be found, and says which are missing', async () => {
  const others = [1, 2, 3].map((seed) => createIdentity(new Uint8Array(32).fill(seed)))
  const own = openServerIdentity(dataDir)
  const keys = [own, ...others].map(({ account }) => account)
  writeFileSync(join(dataDir, 'genesis.json'), formatGenesis(keys, parseOptions([], {}), 1))
  const address = (at: number) => `/ip4/127.0.0.1/tcp/${at}/ws/p2p/${others[at - 1]?.peerId ?? ''}`
  await expect(start('--authority-addresses', address(2))).rejects.toMatchObject({
    code: 'bad-input',
    message: expect.stringContaining('indexes 1, 3') as string,
  })
  const { url } = await start('--authority-addresses', [1, 2].map(address).join())
  const { authorities } = await networkOf({ url })
  expect(authorities).toEqual([`/ip4/127.0.0.1/tcp/${url.port}/ws/p2p/${own.peerId}`, address(1), address(2)])

  const unready = await fetch(new URL('/readyz', url))
  expect(unready.status).toBe(503)
  expect(await unready.text()).toContain('Only 1 of 4 authorities can be reached')
})

it('refuses a damaged genesis with a typed error', async () => {
  writeFileSync(join(dataDir, 'genesis.json'), '{')
  await expect(start()).rejects.toMatchObject({ code: 'bad-input' })
})
