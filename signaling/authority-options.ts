import { toAccount, type Account } from '../src/domain/identity/account.ts'
import { isSoundKey } from '../src/domain/identity/signature.ts'
import { hexTextToBytes } from '../src/domain/kernel/bytes.ts'
import { LoremeshError } from '../src/domain/kernel/errors.ts'
import { MAX_AUTHORITIES } from '../src/domain/ledger/genesis.ts'
import { genesisSettings, parseGenesisOptions, type GenesisOptions } from './genesis-settings.ts'
import { authoritySettings, parseAuthorityOptions } from './options.ts'
import { describeSettings, parseInteger, parseList, readSettings, type Settings } from './settings.ts'

/** What an authority that is a process by itself has to know. */
export interface AuthorityOptions extends ReturnType<typeof parseAuthorityOptions> {
  readonly genesisPath: string
  /** 0 takes a free one. */
  readonly port: number
  /** One URL a shard, with commas; undefined for files in the data folder. */
  readonly databaseUrl: string | undefined
}

export type AuthorityCommand =
  | { readonly name: 'help' }
  | { readonly name: 'new-key'; readonly dataDir: string }
  | {
      readonly name: 'new-genesis'
      readonly authorities: readonly Account[]
      readonly options: GenesisOptions
    }
  | { readonly name: 'run'; readonly options: AuthorityOptions }

const runSettings = {
  genesis: { flag: 'genesis', fallback: './genesis.json', help: 'file of the network’s genesis' },
  port: { flag: 'port', fallback: '8081', help: 'TCP port; 0 takes a free one' },
  ...authoritySettings,
} as const satisfies Settings<string>

const newKeySettings = { dataDir: authoritySettings.dataDir } as const satisfies Settings<string>

const newGenesisSettings = {
  keys: { flag: 'keys', fallback: '', help: 'keys of all authorities, with commas between them' },
  ...genesisSettings,
} as const satisfies Settings<string>

/** What `--help` prints. */
export function describeCommands(): string {
  return [
    describeSettings(
      newKeySettings,
      'Usage: npm run authority -- new-key [options]   make a key and show its public part',
    ),
    describeSettings(
      newGenesisSettings,
      'Usage: npm run -s authority -- new-genesis [options]   print the genesis of a new network',
    ),
    describeSettings(runSettings, 'Usage: npm run authority -- [options]   run an authority'),
    'DATABASE_URL in the environment names a PostgreSQL database for the ledger, or several with commas between them.',
  ].join('\n\n')
}

/** The command of a command line and environment; throws `bad-input`. */
export function parseCommand(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): AuthorityCommand {
  const [name, ...rest] = args
  if (args.includes('--help')) return { name: 'help' }
  if (name === 'new-key') {
    return { name, dataDir: readSettings(newKeySettings, rest, env)('dataDir') }
  }
  if (name === 'new-genesis') {
    const read = readSettings(newGenesisSettings, rest, env)
    return { name, authorities: parseKeys(read('keys')), options: parseGenesisOptions(read) }
  }
  const read = readSettings(runSettings, args, env)
  return {
    name: 'run',
    options: {
      ...parseAuthorityOptions(read),
      genesisPath: read('genesis'),
      port: parseInteger(runSettings.port, read('port'), 0, 65_535),
      databaseUrl: env['DATABASE_URL'] === '' ? undefined : env['DATABASE_URL'],
    },
  }
}

/** The keys of a network's authorities: 3f+1 different ones, so that f of them may fail. */
function parseKeys(text: string): readonly Account[] {
  const keys = parseList(text).map((key) => key.toLowerCase())
  const repeated = keys.find((key, at) => keys.indexOf(key) !== at)
  if (repeated !== undefined) {
    throw new LoremeshError(
      'bad-input',
      `--keys names the key ${repeated} more than once`,
      'Each authority has a key of its own: run new-key once for each, with another --data-dir',
    )
  }
  const accounts = keys.map(parseKey)
  if (keys.length % 3 !== 1 || keys.length > MAX_AUTHORITIES) {
    throw new LoremeshError(
      'bad-input',
      `--keys names ${keys.length} ${keys.length === 1 ? 'key' : 'keys'}`,
      `A network has ${AUTHORITY_COUNTS} authorities: name the key of each, with commas between them`,
    )
  }
  return accounts
}

/** Such as "1, 4, 7 or 10". */
const AUTHORITY_COUNTS = Array.from({ length: Math.ceil(MAX_AUTHORITIES / 3) }, (_, f) => 3 * f + 1)
  .join(', ')
  .replace(/, (?=\d+$)/, ' or ')

function parseKey(text: string): Account {
  if (!/^[0-9a-f]{64}$/.test(text)) {
    throw new LoremeshError(
      'bad-input',
      `"${text.slice(0, 80)}" in --keys is no key: it has ${describeFlaw(text)}`,
      'A key is the 64 hexadecimal digits after "Key:" that new-key prints, not the peer id',
    )
  }
  const bytes = hexTextToBytes(text)
  if (!isSoundKey(bytes)) {
    throw new LoremeshError(
      'bad-input',
      `${text} in --keys is no Ed25519 public key, so that nothing it signs would count`,
      'Copy the key again from what new-key prints',
    )
  }
  return toAccount(bytes)
}

function describeFlaw(text: string): string {
  const digits = `${text.length} ${text.length === 1 ? 'character' : 'characters'}, not 64`
  return text.length === 64 ? 'characters that are no hexadecimal digits' : digits
}
