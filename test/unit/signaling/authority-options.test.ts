import { describe, expect, it } from 'vitest'
import { describeCommands, parseCommand } from '../../../signaling/authority-options.ts'
import { bytesToHexText } from '../../../src/domain/kernel/bytes.ts'
import { toLoremeshError } from '../../../src/domain/kernel/errors.ts'
import { ann, authority, bob, cat, expectRefusal } from '../../support/ledger.ts'

const keyOf = ({ account }: { readonly account: Uint8Array }) => bytesToHexText(account)

describe('the command line of an authority', () => {
  it('runs one on loopback unless told otherwise', () => {
    expect(parseCommand([], {})).toEqual({
      name: 'run',
      options: {
        genesisPath: './genesis.json',
        dataDir: './data',
        host: '127.0.0.1',
        port: 8081,
        authorityAddresses: [],
        grantsPerDay: 10_000,
        parametersPath: '',
        shards: 1,
        databaseUrl: undefined,
      },
    })
  })

  it('takes settings from flags and environment, and its database from the environment alone', () => {
    const args = ['--genesis', 'g.json', '--port', '0', '--authority-addresses', '/a,/b']
    const env = {
      LOREMESH_HOST: '0.0.0.0',
      DATABASE_URL: 'postgres://host/a',
      DATABASE_URL_1: 'postgres://b',
    }
    expect(parseCommand(args, env)).toMatchObject({
      name: 'run',
      options: {
        genesisPath: 'g.json',
        host: '0.0.0.0',
        port: 0,
        authorityAddresses: ['/a', '/b'],
        databaseUrl: 'postgres://host/a',
      },
    })
  })

  it('makes keys and puts a genesis together', () => {
    expect(parseCommand(['new-key', '--data-dir', 'd'], {})).toEqual({ name: 'new-key', dataDir: 'd' })
    const keys = [ann, bob, cat, authority].map(keyOf).join(', ').toUpperCase()
    expect(parseCommand(['new-genesis', '--keys', keys, '--starter-tokens', '5'], {})).toMatchObject({
      name: 'new-genesis',
      authorities: [ann, bob, cat, authority].map(({ account }) => account),
      options: { networkName: 'loremesh', starterTokens: 5_000_000n, checkpointIntervalMs: 30_000 },
    })
  })

  it.each([
    [['--port', 'http']],
    [['--index', '1']],
    [['run']],
    [['new-key', '--port', '1']],
    [['new-genesis', '--keys', ann.peerId]],
  ])('refuses %j', (args) => {
    expectRefusal(() => parseCommand(args, {}), 'bad-input')
  })

  it.each([
    ['a peer id', ann.peerId, /no key: it has 52 characters, not 64 .*peer id/],
    ['a key cut short', keyOf(ann).slice(1), /no key: it has 63 characters, not 64/],
    ['a word of that length', 'key!'.repeat(16), /no key: it has characters that are no hexadecimal digits/],
    ['digits that are no point of the curve', '02'.repeat(32), /no Ed25519 public key/],
    ['a key of small order', '00'.repeat(32), /no Ed25519 public key/],
    ['one key twice', [ann, bob, cat, ann].map(keyOf).join(), /more than once .*a key of its own/],
    ['two keys', [ann, bob].map(keyOf).join(), /names 2 keys .*1, 4, 7 or 10 authorities/],
    ['nothing', '', /names 0 keys .*1, 4, 7 or 10 authorities/],
  ])('says what is wrong with %s in --keys', (_, keys, words) => {
    expect(refusalOf(['new-genesis', '--keys', keys])).toMatch(words)
  })

  it('describes every command', () => {
    expect(parseCommand(['new-key', '--help'], {})).toEqual({ name: 'help' })
    for (const text of ['new-key', 'new-genesis', '--keys', '--genesis', 'DATABASE_URL']) {
      expect(describeCommands()).toContain(text)
    }
  })
})

/** What a command line is refused with, as people see it. */
function refusalOf(args: readonly string[]): string {
  try {
    parseCommand(args, {})
    return ''
  } catch (error) {
    const { message, hint } = toLoremeshError(error)
    return `${message} (${hint})`
  }
}
