import { MAX_AUTHORITIES } from '../src/domain/ledger/genesis.ts'
import { MAX_SHARDS } from '../src/protocols/authority.ts'
import type { IceServer } from '../src/protocols/network-info.ts'
import { parseOtherServer, type OtherServer } from './authority-addresses.ts'
import { genesisSettings, parseGenesisOptions, type GenesisOptions } from './genesis-settings.ts'
import { readDatabaseUrls } from './ledger-place.ts'
import {
  describeSettings,
  parseBoolean,
  parseInteger,
  parseList,
  readSettings,
  refusal,
  type Settings,
} from './settings.ts'

export interface ServerOptions extends GenesisOptions {
  readonly host: string
  /** 0 takes a free one. */
  readonly port: number
  readonly dataDir: string
  readonly distDir: string
  /** Where people reach the server, when that differs from host and port: behind a proxy that ends HTTPS. */
  readonly publicUrl: URL | undefined
  /** Takes the client's address from X-Forwarded-For; only behind a proxy that sets it. */
  readonly trustProxy: boolean
  readonly iceServers: readonly IceServer[]
  /** What the TURN servers among them and this server share; empty for none. */
  readonly turnSecret: string
  /** Whether tabs may dial private and insecure addresses, as on one machine or in a local network. */
  readonly allowPrivateAddresses: boolean
  readonly seeder: boolean
  readonly libraryDir: string
  /** Authorities of a new network, all of them on this machine: 3f+1. */
  readonly authorities: number
  /** Port of the first authority beside the server's own; each other one has the next one. 0 takes free ones. */
  readonly authorityPort: number
  /** Multiaddrs of authorities elsewhere, or behind a proxy; each ends in its peer id. */
  readonly authorityAddresses: readonly string[]
  /** Other servers of the network, to which people fall back. */
  readonly servers: readonly OtherServer[]
  /** Newcomers that get their starter tokens within 24 hours, all together. */
  readonly grantsPerDay: number
  /** File with the parameters that the operator wishes to have changed; empty for none. */
  readonly parametersPath: string
  /** Files that the ledger of each authority is spread over. */
  readonly shards: number
  /** `DATABASE_URL` and `DATABASE_URL_1`, …, by their names. */
  readonly databaseUrls: ReadonlyMap<string, string>
}

/** Settings of everything that runs an authority. */
export const authoritySettings = {
  host: { flag: 'host', fallback: '127.0.0.1', help: 'address to listen on; 0.0.0.0 for every one' },
  dataDir: { flag: 'data-dir', fallback: './data', help: 'folder of key, genesis and ledger' },
  authorityAddresses: {
    flag: 'authority-addresses',
    fallback: '',
    help: 'multiaddrs of authorities elsewhere, with commas between them',
  },
  grantsPerDay: {
    flag: 'grants-per-day',
    fallback: '10000',
    help: 'newcomers that get starter tokens within 24 hours',
  },
  parameters: {
    flag: 'parameters',
    fallback: '',
    help: 'JSON file of parameters that you wish to change; needs a quorum of authorities',
  },
  shards: { flag: 'shards', fallback: '1', help: 'files that a ledger is spread over; never change it' },
} as const satisfies Settings<string>

/** Every setting. */
const settings = {
  port: { flag: 'port', fallback: '8080', help: 'TCP port; 0 takes a free one' },
  ...authoritySettings,
  distDir: { flag: 'dist-dir', fallback: './dist', help: 'folder of the built app' },
  publicUrl: { flag: 'public-url', fallback: '', help: 'URL at which people reach the server' },
  trustProxy: { flag: 'trust-proxy', fallback: 'false', help: 'take client addresses from X-Forwarded-For' },
  iceServers: {
    flag: 'ice-servers',
    fallback: '[]',
    help: 'JSON list of {"urls", "username", "credential"}, or URLs with commas between them',
  },
  turnSecret: {
    flag: 'turn-secret',
    fallback: '',
    help: 'secret shared with the TURN servers, for credentials that end after a week',
  },
  allowPrivateAddresses: {
    flag: 'allow-private-addresses',
    fallback: '',
    help: 'let tabs dial private addresses; on unless there is a public URL',
  },
  servers: {
    flag: 'servers',
    fallback: '',
    help: 'multiaddrs of other servers of the network, to fall back to, with commas between them',
  },
  seeder: { flag: 'seeder', fallback: 'true', help: 'start a peer that shares the library' },
  libraryDir: { flag: 'library-dir', fallback: 'content/library', help: 'documents that the seeder shares' },
  authorities: {
    flag: 'authorities',
    fallback: '1',
    help: 'authorities of the network: 1, 4, 7 or 10 (first start only)',
  },
  authorityPort: {
    flag: 'authority-port',
    fallback: '',
    help: "port of the second authority; the server's next one unless told",
  },
  ...genesisSettings,
} as const satisfies Settings<string>

const USAGE = 'Usage: npm start -- [options]'

/** What `--help` prints. */
export function describeOptions(): string {
  return describeSettings(settings, USAGE)
}

/** The options of a command line, an environment and the file that one of them names; throws `bad-input`. */
export function parseOptions(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): ServerOptions {
  const read = readSettings(settings, args, env)
  const publicUrl = read('publicUrl') === '' ? undefined : parseUrl(read('publicUrl'))
  const allowPrivate = read('allowPrivateAddresses')
  const port = parseInteger(settings.port, read('port'), 0, 65_535)
  return {
    ...parseAuthorityOptions(read),
    ...parseGenesisOptions(read),
    port,
    distDir: read('distDir'),
    publicUrl,
    trustProxy: parseBoolean(settings.trustProxy, read('trustProxy')),
    iceServers: parseIceServers(read('iceServers')),
    turnSecret: read('turnSecret'),
    allowPrivateAddresses:
      allowPrivate === ''
        ? publicUrl === undefined
        : parseBoolean(settings.allowPrivateAddresses, allowPrivate),
    servers: parseList(read('servers')).map(parseOtherServer),
    seeder: parseBoolean(settings.seeder, read('seeder')),
    libraryDir: read('libraryDir'),
    authorities: parseAuthorities(read('authorities')),
    authorityPort: parseAuthorityPort(read('authorityPort'), port),
    databaseUrls: readDatabaseUrls(env),
  }
}

/** What everything that runs an authority has to know. Throws `bad-input`. */
export function parseAuthorityOptions(read: (name: keyof typeof authoritySettings) => string) {
  return {
    host: read('host'),
    dataDir: read('dataDir'),
    authorityAddresses: parseList(read('authorityAddresses')),
    grantsPerDay: parseInteger(authoritySettings.grantsPerDay, read('grantsPerDay'), 0, 999_999_999),
    parametersPath: read('parameters'),
    shards: parseInteger(authoritySettings.shards, read('shards'), 1, MAX_SHARDS),
  }
}

function parseUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || !['http:', 'https:'].includes(url.protocol) || url.pathname !== '/') {
    const rule = 'an http or https URL without a path, such as https://mesh.example.org'
    throw refusal(settings.publicUrl.flag, text, rule)
  }
  return url
}

function parseAuthorities(text: string): number {
  const count = parseInteger(settings.authorities, text, 1, MAX_AUTHORITIES)
  if (count % 3 !== 1) {
    const rule = `3f+1, so that f of them may fail: 1, 4, 7 or ${MAX_AUTHORITIES}`
    throw refusal(settings.authorities.flag, text, rule)
  }
  return count
}

function parseAuthorityPort(text: string, serverPort: number): number {
  if (text === '') return serverPort === 0 ? 0 : serverPort + 1
  return parseInteger(settings.authorityPort, text, 0, 65_535)
}

function parseIceServers(text: string): readonly IceServer[] {
  if (!text.trimStart().startsWith('[')) {
    return text.split(',').map((urls) => parseIceServer({ urls: urls.trim() }))
  }
  let list: unknown
  try {
    list = JSON.parse(text)
  } catch {
    throw refusal(settings.iceServers.flag, text, 'JSON or URLs')
  }
  return Array.isArray(list) ? list.map(parseIceServer) : []
}

function parseIceServer(value: unknown): IceServer {
  const { urls, username, credential } = (value ?? {}) as Record<string, unknown>
  if (typeof urls !== 'string' || !/^(stun|turn)s?:/.test(urls)) {
    throw refusal(settings.iceServers.flag, String(urls), 'URLs such as stun:stun.example.org:3478')
  }
  return {
    urls,
    ...(typeof username === 'string' ? { username } : {}),
    ...(typeof credential === 'string' ? { credential } : {}),
  }
}
