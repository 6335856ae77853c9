import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { describeOptions, parseOptions } from '../../../signaling/options.ts'

const dir = mkdtempSync(join(tmpdir(), 'loremesh-options-'))
afterAll(() => rmSync(dir, { recursive: true }))

function configFile(content: unknown): string {
  const path = join(dir, `${crypto.randomUUID()}.json`)
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content))
  return path
}

describe('server options', () => {
  it('has defaults for one machine: loopback, port 8080, seeder on, private addresses allowed', () => {
    expect(parseOptions([], {})).toEqual({
      host: '127.0.0.1',
      port: 8080,
      dataDir: './data',
      distDir: './dist',
      publicUrl: undefined,
      trustProxy: false,
      iceServers: [],
      turnSecret: '',
      allowPrivateAddresses: true,
      seeder: true,
      libraryDir: 'content/library',
      networkName: 'loremesh',
      starterTokens: 1_000_000_000n,
      paymentWindowMs: 300_000,
      checkpointIntervalMs: 30_000,
      grantsPerDay: 10_000,
      authorities: 1,
      authorityPort: 8081,
      authorityAddresses: [],
      servers: [],
      parametersPath: '',
      shards: 1,
      databaseUrls: new Map(),
    })
  })

  it('prefers flags to the environment, and the environment to the file', () => {
    const config = configFile({ port: 1, host: '::1', seeder: false, starterTokens: '5' })
    const options = parseOptions(['--port', '3', '--config', config], {
      LOREMESH_PORT: '2',
      LOREMESH_STARTER_TOKENS: '7.5',
    })
    expect(options).toMatchObject({ port: 3, host: '::1', seeder: false, starterTokens: 7_500_000n })
  })

  it('reads ICE servers as URLs or as JSON', () => {
    expect(parseOptions(['--ice-servers', 'stun:a.example:1, turn:b.example:2'], {}).iceServers).toEqual([
      { urls: 'stun:a.example:1' },
      { urls: 'turn:b.example:2' },
    ])
    const turn = { urls: 'turns:b.example', username: 'u', credential: 'c' }
    const config = configFile({ iceServers: [turn] })
    expect(parseOptions([], { LOREMESH_CONFIG: config }).iceServers).toEqual([turn])
  })

  it('forbids private addresses once there is a public URL, unless told otherwise', () => {
    const url = ['--public-url', 'https://mesh.example.org']
    expect(parseOptions(url, {}).allowPrivateAddresses).toBe(false)
    expect(parseOptions([...url, '--allow-private-addresses', 'true'], {}).allowPrivateAddresses).toBe(true)
  })

  it('puts the other authorities at the ports after its own, or where it is told', () => {
    expect(parseOptions(['--port', '7000'], {}).authorityPort).toBe(7001)
    expect(parseOptions(['--port', '0'], {}).authorityPort).toBe(0)
    expect(parseOptions(['--authority-port', '9000'], {}).authorityPort).toBe(9000)
  })

  it('reads addresses of authorities with commas between them', () => {
    const addresses = ['/dns4/a.example/tcp/1/ws/p2p/a', '/dns4/b.example/tcp/1/ws/p2p/b']
    const args = ['--authority-addresses', `${addresses.join(' , ')},`]
    expect(parseOptions(args, {}).authorityAddresses).toEqual(addresses)
  })

  it('takes databases from the environment alone, where others do not see them', () => {
    const env = { DATABASE_URL: 'postgres://a', DATABASE_URL_1: 'postgres://b', HOME: '/root' }
    expect(parseOptions([], env).databaseUrls).toEqual(
      new Map([
        ['DATABASE_URL', 'postgres://a'],
        ['DATABASE_URL_1', 'postgres://b'],
      ]),
    )
  })

  it.each([
    [['--port', '65536']],
    [['--authorities', '2']],
    [['--authorities', '13']],
    [['--authority-port', 'next']],
    [['--servers', '/dns4/b.example/tcp/443/tls/ws']],
    [['--shards', '0']],
    [['--checkpoint-seconds', '0']],
    [['--checkpoint-seconds', '3601']],
    [['--port', 'http']],
    [['--seeder', 'maybe']],
    [['--public-url', 'mesh.example.org']],
    [['--public-url', 'https://example.org/mesh']],
    [['--ice-servers', 'https://example.org']],
    [['--ice-servers', '[']],
    [['--starter-tokens', '-1']],
    [['--payment-window-seconds', '9']],
    [['--payment-window-seconds', '86401']],
    [['--grants-per-day', '-1']],
    [['--colour', 'red']],
    [['--config', '/does/not/exist.json']],
  ])('refuses %j with a typed error', (args) => {
    expect(() => parseOptions(args, {})).toThrow(expect.objectContaining({ code: 'bad-input' }))
  })

  it('refuses a file with unknown settings or of another shape', () => {
    for (const content of [{ prot: 1 }, [], 'no json']) {
      const args = ['--config', configFile(content)]
      expect(() => parseOptions(args, {})).toThrow(expect.objectContaining({ code: 'bad-input' }))
    }
  })

  it('describes every flag', () => {
    expect(describeOptions()).toContain('--payment-window-seconds')
  })
})
