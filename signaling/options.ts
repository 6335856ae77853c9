import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { parameters } from '../src/domain/economy/parameters.ts'
import { LoremeshError } from '../src/domain/kernel/errors.ts'
import { formatTokens, parseTokens, type MicroTokens } from '../src/domain/kernel/micro-tokens.ts'
import type { IceServer } from '../src/protocols/network-info.ts'

export interface ServerOptions {
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
  /** Whether tabs may dial private and insecure addresses, as on one machine or in a local network. */
  readonly allowPrivateAddresses: boolean
  readonly seeder: boolean
  readonly libraryDir: string
  readonly networkName: string
  readonly starterTokens: MicroTokens
  readonly paymentWindowMs: number
  /** Newcomers that get their starter tokens within 24 hours, all together. */
  readonly grantsPerDay: number
}

interface Setting {
  readonly flag: string
  readonly fallback: string
  readonly help: string
}

const { payment_window_ms: paymentWindow } = parameters

/** Every setting: a flag `--name`, the environment's `LOREMESH_NAME`, or `name` in the JSON file of `--config`. */
const settings = {
  port: { flag: 'port', fallback: '8080', help: 'TCP port; 0 takes a free one' },
  host: { flag: 'host', fallback: '127.0.0.1', help: 'address to listen on; 0.0.0.0 for every one' },
  dataDir: { flag: 'data-dir', fallback: './data', help: 'folder of key, genesis and ledger' },
  distDir: { flag: 'dist-dir', fallback: './dist', help: 'folder of the built app' },
  publicUrl: { flag: 'public-url', fallback: '', help: 'URL at which people reach the server' },
  trustProxy: { flag: 'trust-proxy', fallback: 'false', help: 'take client addresses from X-Forwarded-For' },
  iceServers: {
    flag: 'ice-servers',
    fallback: '[]',
    help: 'JSON list of {"urls", "username", "credential"}, or URLs with commas between them',
  },
  allowPrivateAddresses: {
    flag: 'allow-private-addresses',
    fallback: '',
    help: 'let tabs dial private addresses; on unless there is a public URL',
  },
  seeder: { flag: 'seeder', fallback: 'true', help: 'start a peer that shares the library' },
  libraryDir: { flag: 'library-dir', fallback: 'content/library', help: 'documents that the seeder shares' },
  networkName: { flag: 'network-name', fallback: 'loremesh', help: 'name of the network (first start only)' },
  starterTokens: {
    flag: 'starter-tokens',
    fallback: formatTokens(parameters.new_user_starter_tokens.default),
    help: 'tokens a newcomer may spend (first start only)',
  },
  paymentWindowSeconds: {
    flag: 'payment-window-seconds',
    fallback: String(paymentWindow.default / 1000),
    help: 'how long a payment stays claimable (first start only)',
  },
  grantsPerDay: {
    flag: 'grants-per-day',
    fallback: '10000',
    help: 'newcomers that get starter tokens within 24 hours',
  },
} as const satisfies Record<string, Setting>

type SettingName = keyof typeof settings
const names = Object.keys(settings) as SettingName[]

/** What `--help` prints. */
export function describeOptions(): string {
  const lines = names.map((name) => {
    const { flag, fallback, help } = settings[name]
    return `  --${flag.padEnd(24)} ${help}${fallback === '' ? '' : ` [${fallback}]`}`
  })
  return [
    'Usage: npm start -- [options]',
    ...lines,
    `  --${'config FILE'.padEnd(24)} JSON file with these settings (${names.slice(0, 3).join(', ')}, …)`,
    'Each may be an environment variable too, such as LOREMESH_DATA_DIR; flags win over these, and these over the file.',
  ].join('\n')
}

/** The options of a command line, an environment and the file that one of them names; throws `bad-input`. */
export function parseOptions(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): ServerOptions {
  const flags = parseFlags(args)
  const file = readConfigFile(flags['config'] ?? env['LOREMESH_CONFIG'])
  const read = (name: SettingName): string => {
    const { flag, fallback } = settings[name]
    const variable = `LOREMESH_${flag.replaceAll('-', '_').toUpperCase()}`
    return flags[flag] ?? env[variable] ?? file.get(name) ?? fallback
  }
  const publicUrl = read('publicUrl') === '' ? undefined : parseUrl(read('publicUrl'))
  const allowPrivate = read('allowPrivateAddresses')
  return {
    host: read('host'),
    port: parseInteger('port', read('port'), 0, 65_535),
    dataDir: read('dataDir'),
    distDir: read('distDir'),
    publicUrl,
    trustProxy: parseBoolean('trustProxy', read('trustProxy')),
    iceServers: parseIceServers(read('iceServers')),
    allowPrivateAddresses:
      allowPrivate === '' ? publicUrl === undefined : parseBoolean('allowPrivateAddresses', allowPrivate),
    seeder: parseBoolean('seeder', read('seeder')),
    libraryDir: read('libraryDir'),
    networkName: read('networkName'),
    starterTokens: parseTokens(read('starterTokens')),
    paymentWindowMs: parseSeconds('paymentWindowSeconds', read('paymentWindowSeconds'), paymentWindow),
    grantsPerDay: parseInteger('grantsPerDay', read('grantsPerDay'), 0, 999_999_999),
  }
}

function parseFlags(args: readonly string[]): Record<string, string | undefined> {
  const options = Object.fromEntries(
    [...names.map((name) => settings[name].flag), 'config'].map((flag) => [
      flag,
      { type: 'string' as const },
    ]),
  )
  try {
    return parseArgs({ args: [...args], options, strict: true }).values
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause)
    throw new LoremeshError('bad-input', message, 'See npm start -- --help', { cause })
  }
}

function readConfigFile(path: string | undefined): ReadonlyMap<string, string> {
  if (path === undefined || path === '') return new Map()
  let content: unknown
  try {
    content = JSON.parse(readFileSync(path, 'utf8'))
  } catch (cause) {
    throw new LoremeshError('bad-input', `The configuration file ${path} can't be read as JSON`, '', {
      cause,
    })
  }
  if (typeof content !== 'object' || content === null || Array.isArray(content)) {
    throw new LoremeshError('bad-input', `The configuration file ${path} must hold one JSON object`)
  }
  const unknown = Object.keys(content).filter((name) => !names.includes(name as SettingName))
  if (unknown.length > 0) {
    throw new LoremeshError(
      'bad-input',
      `The configuration file ${path} has unknown settings: ${unknown.join(', ')}`,
    )
  }
  return new Map(
    Object.entries(content).map(([name, value]: [string, unknown]) => [
      name,
      typeof value === 'string' ? value : JSON.stringify(value),
    ]),
  )
}

function parseUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || !['http:', 'https:'].includes(url.protocol) || url.pathname !== '/') {
    throw refusal('publicUrl', text, 'an http or https URL without a path, such as https://mesh.example.org')
  }
  return url
}

function parseInteger(name: SettingName, text: string, least: number, most: number): number {
  const value = /^\d{1,9}$/.test(text) ? Number(text) : NaN
  if (!(value >= least && value <= most)) throw refusal(name, text, `a whole number from ${least} to ${most}`)
  return value
}

/** A whole number of seconds, in milliseconds. */
function parseSeconds(
  name: SettingName,
  text: string,
  { min, max }: { readonly min: number; readonly max: number },
): number {
  return 1000 * parseInteger(name, text, min / 1000, max / 1000)
}

function parseBoolean(name: SettingName, text: string): boolean {
  if (text === 'true' || text === 'on' || text === '1') return true
  if (text === 'false' || text === 'off' || text === '0') return false
  throw refusal(name, text, 'true or false')
}

function parseIceServers(text: string): readonly IceServer[] {
  if (!text.trimStart().startsWith('[')) {
    return text.split(',').map((urls) => parseIceServer({ urls: urls.trim() }))
  }
  let list: unknown
  try {
    list = JSON.parse(text)
  } catch {
    throw refusal('iceServers', text, 'JSON or URLs')
  }
  return Array.isArray(list) ? list.map(parseIceServer) : []
}

function parseIceServer(value: unknown): IceServer {
  const { urls, username, credential } = (value ?? {}) as Record<string, unknown>
  if (typeof urls !== 'string' || !/^(stun|turn)s?:/.test(urls)) {
    throw refusal('iceServers', String(urls), 'URLs such as stun:stun.example.org:3478')
  }
  return {
    urls,
    ...(typeof username === 'string' ? { username } : {}),
    ...(typeof credential === 'string' ? { credential } : {}),
  }
}

function refusal(name: SettingName, text: string, rule: string): LoremeshError {
  return new LoremeshError('bad-input', `--${settings[name].flag} is "${text}"`, `It must be ${rule}`)
}
