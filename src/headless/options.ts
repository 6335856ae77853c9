import { parseArgs } from 'node:util'
import { isLoremeshError } from '../domain/kernel/errors.ts'
import { parseTokens, type MicroTokens } from '../domain/kernel/micro-tokens.ts'
import type { ServingCaps } from '../domain/network/serving-caps.ts'
import type { AskScope } from '../peer/peer.ts'
import { DEFAULT_SERVING_SETTINGS, MIN_UPLOAD_KBPS, toServingCaps } from '../peer/serving-settings.ts'
import { readJoinOptions, serverOfLink, type JoinFlags, type JoinOptions } from './join-options.ts'
import { readModelOptions, type ModelFlags, type ModelOptions } from './model-options.ts'

/** A command line that can't be understood: the process ends with status 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

export type Command =
  | { readonly name: 'add'; readonly paths: readonly string[]; readonly share: boolean }
  | {
      readonly name: 'ask'
      readonly question: string
      readonly scope: AskScope
      readonly maxTokenCost: MicroTokens
      /** What is to write an answer; undefined when passages and quotes are enough. */
      readonly model: ModelOptions | undefined
      readonly json: boolean
    }
  | { readonly name: 'seed'; readonly paths: readonly string[] }
  | { readonly name: 'wallet'; readonly json: boolean }
  | { readonly name: 'verify-receipt'; readonly path: string; readonly json: boolean }
  | { readonly name: 'peers'; readonly json: boolean }
  | { readonly name: 'invite'; readonly json: boolean }

export interface Options {
  /** Base address of the server, such as http://127.0.0.1:8080. */
  readonly server: URL
  readonly dataDirectory: string
  /** Whether the network's ledger of the last 7 days is kept; what is kept already stays without it. */
  readonly keepLedger: boolean
  /** Room that passages bought from others may take; undefined for the usual one. */
  readonly cacheQuotaBytes: number
  /** What serving others may take. */
  readonly servingCaps: ServingCaps
  readonly joining: JoinOptions
  readonly command: Command
}

export const USAGE = `Usage: npm run -s peer -- --server URL --data DIR <command>

Commands
  add PATH… [--share]                     add files and folders to the library, and share them
  ask "question" [--answer] [--max-cost N] [--scope SCOPE] [--json]
                                          ask the own library and the network; N tokens at most (20);
                                          with --answer a language model writes from what was found
  seed [PATH…]                            share files and folders, and serve until stopped
  wallet [--json]                         show balance and entries, as JSON with every receipt
  verify-receipt FILE [--json]            check a receipt, whoever wrote it
  peers [--json]                          show the peers that share something
  invite [--json]                         print a link by which others join, and serve until stopped

Options
  --server URL   address of the server (or LOREMESH_SERVER)
  --data DIR     folder of this peer's key, library and ledger (or LOREMESH_DATA)
  --scope SCOPE  what a question is asked: library, network, or both (both)
  --keep-ledger  check and keep everybody's entries of the last 7 days, for others to read
  --cache-quota MB
                 room that passages bought from others may take, in MB; without it, or LOREMESH_CACHE_QUOTA, all are kept
  --upload-kbps N
                 upload at most N kilobits a second to others, at least 64 (or LOREMESH_UPLOAD_KBPS)
  --daily-mb N   upload at most N MB a day, from 00:00 UTC (or LOREMESH_DAILY_MB)
  --join LINK    follow an invitation, also while its server is down (or LOREMESH_JOIN)
  --listen HOST:PORT
                 let peers connect here over WebSocket, so that tabs find the network while its servers are down,
                 such as 0.0.0.0:4001 (or LOREMESH_LISTEN)
  --announce URL where others reach that from outside, such as wss://peer.example.org (or LOREMESH_ANNOUNCE)
  --help         show this text

Options of --answer
  --model NAME           the provider's name of the model (or LOREMESH_MODEL)
  --model-provider WHO   openai, which is everything that speaks like it, anthropic, gemini or ollama
                         (openai, or LOREMESH_MODEL_PROVIDER)
  --model-url URL        address of the API (the provider's own, or LOREMESH_MODEL_URL)
  --model-key-file FILE  file that holds the key (or LOREMESH_MODEL_KEY_FILE, or the key in LOREMESH_MODEL_KEY)`

const DEFAULT_MAX_COST = '20'
const BYTES_PER_MEGABYTE = 1024 * 1024

/** Options of a command line (without the program's name) and environment; throws `UsageError`. */
export function parseOptions(args: readonly string[], environment: NodeJS.ProcessEnv): Options | 'help' {
  const { values, positionals } = readArguments(args)
  if (values.help === true) return 'help'
  const [name, ...rest] = positionals
  const link = values.join ?? environment['LOREMESH_JOIN']
  const server = values.server ?? environment['LOREMESH_SERVER'] ?? serverOfLink(link)
  const dataDirectory = values.data ?? environment['LOREMESH_DATA']
  const cacheQuota = values['cache-quota'] ?? environment['LOREMESH_CACHE_QUOTA']
  if (name === undefined) throw new UsageError('No command is given')
  if (server === undefined) throw new UsageError('--server is missing')
  if (dataDirectory === undefined) throw new UsageError('--data is missing')
  if (!URL.canParse(server))
    throw new UsageError(`"${server}" is not an address; write it like http://127.0.0.1:8080`)
  return {
    server: new URL(server),
    dataDirectory,
    keepLedger: values['keep-ledger'] === true,
    cacheQuotaBytes:
      cacheQuota === undefined
        ? Infinity
        : readWholeNumber('--cache-quota', cacheQuota, 'of MB, such as 200') * BYTES_PER_MEGABYTE,
    servingCaps: readServingCaps(values, environment),
    joining: readAs('', () => readJoinOptions(values, environment)),
    command: toCommand(name, rest, values, environment),
  }
}

interface Flags extends ModelFlags, JoinFlags {
  readonly server?: string | undefined
  readonly data?: string | undefined
  readonly share?: boolean | undefined
  readonly json?: boolean | undefined
  readonly answer?: boolean | undefined
  readonly help?: boolean | undefined
  readonly 'max-cost'?: string | undefined
  readonly scope?: string | undefined
  readonly 'keep-ledger'?: boolean | undefined
  readonly 'cache-quota'?: string | undefined
  readonly 'upload-kbps'?: string | undefined
  readonly 'daily-mb'?: string | undefined
}

function readArguments(args: readonly string[]): {
  readonly values: Flags
  readonly positionals: readonly string[]
} {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        server: { type: 'string' },
        data: { type: 'string' },
        share: { type: 'boolean' },
        json: { type: 'boolean' },
        answer: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
        'max-cost': { type: 'string' },
        scope: { type: 'string' },
        'keep-ledger': { type: 'boolean' },
        'cache-quota': { type: 'string' },
        'upload-kbps': { type: 'string' },
        'daily-mb': { type: 'string' },
        join: { type: 'string' },
        listen: { type: 'string' },
        announce: { type: 'string' },
        model: { type: 'string' },
        'model-provider': { type: 'string' },
        'model-url': { type: 'string' },
        'model-key-file': { type: 'string' },
      },
    })
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error))
  }
}

function toCommand(
  name: string,
  rest: readonly string[],
  flags: Flags,
  environment: NodeJS.ProcessEnv,
): Command {
  const json = flags.json === true
  switch (name) {
    case 'add':
      if (rest.length === 0) throw new UsageError('add needs at least one file or folder')
      return { name, paths: rest, share: flags.share === true }
    case 'ask': {
      const [question, ...more] = rest
      if (question === undefined || more.length > 0) throw new UsageError('ask needs one question, in quotes')
      const maxTokenCost = readAs('--max-cost: ', () => parseTokens(flags['max-cost'] ?? DEFAULT_MAX_COST))
      const model = flags.answer === true ? readAs('', () => readModelOptions(flags, environment)) : undefined
      return { name, question, scope: readScope(flags.scope ?? 'both'), maxTokenCost, model, json }
    }
    case 'seed':
      return { name, paths: rest }
    case 'verify-receipt': {
      const [path, ...more] = rest
      if (path === undefined || more.length > 0) throw new UsageError('verify-receipt needs one file')
      return { name, path, json }
    }
    case 'wallet':
    case 'peers':
    case 'invite':
      if (rest.length > 0) throw new UsageError(`${name} takes no arguments`)
      return { name, json }
    default:
      throw new UsageError(`"${name}" is not a command`)
  }
}

/** What serving may take: no more than the flags or the environment say, everything without them. */
function readServingCaps(flags: Flags, environment: NodeJS.ProcessEnv): ServingCaps {
  const rate = flags['upload-kbps'] ?? environment['LOREMESH_UPLOAD_KBPS']
  const volume = flags['daily-mb'] ?? environment['LOREMESH_DAILY_MB']
  const atLeast = `of kilobits, ${MIN_UPLOAD_KBPS} at least`
  return toServingCaps({
    ...DEFAULT_SERVING_SETTINGS,
    ...(rate !== undefined && {
      uploadKbps: readWholeNumber('--upload-kbps', rate, atLeast, MIN_UPLOAD_KBPS),
    }),
    ...(volume !== undefined && {
      dailyMegabytes: readWholeNumber('--daily-mb', volume, 'of MB, such as 500', 1),
    }),
  })
}

function readWholeNumber(flag: string, text: string, kind: string, least = 0): number {
  if (/^\d{1,9}$/.test(text) && Number(text) >= least) return Number(text)
  throw new UsageError(`${flag} is "${text}"; it must be a whole number ${kind}`)
}

function readScope(text: string): AskScope {
  if (text === 'library' || text === 'network' || text === 'both') return text
  throw new UsageError(`--scope is "${text}"; it must be library, network or both`)
}

/** What a part of the command line says; what is wrong with it is wrong usage. */
function readAs<T>(prefix: string, read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (isLoremeshError(error)) throw new UsageError(prefix + error.message)
    throw error
  }
}
