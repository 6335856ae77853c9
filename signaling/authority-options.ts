import { toAccount, type Account } from '../src/domain/identity/account.ts'
import { hexTextToBytes } from '../src/domain/kernel/bytes.ts'
import { LoremeshError } from '../src/domain/kernel/errors.ts'
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
    const authorities = parseList(read('keys')).map(parseKey)
    return { name, authorities, options: parseGenesisOptions(read) }
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

function parseKey(text: string): Account {
  if (!/^[0-9a-f]{64}$/.test(text)) {
    throw new LoremeshError(
      'bad-input',
      `"${text}" is no key`,
      'A key has 64 hexadecimal digits: see new-key',
    )
  }
  return toAccount(hexTextToBytes(text))
}
