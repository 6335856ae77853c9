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
      allowPrivateAddresses: true,
      seeder: true,
      libraryDir: 'content/library',
      networkName: 'loremesh',
      starterTokens: 1_000_000_000n,
      paymentWindowMs: 300_000,
      grantsPerDay: 10_000,
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

  it.each([
    [['--port', '65536']],
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
