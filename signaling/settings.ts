import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { LoremeshError } from '../src/domain/kernel/errors.ts'

/** A setting: a flag `--name`, the environment's `LOREMESH_NAME`, or its key in the JSON file of `--config`. */
export interface Setting {
  readonly flag: string
  readonly fallback: string
  readonly help: string
}

export type Settings<Name extends string> = Readonly<Record<Name, Setting>>

/** What a program's `--help` prints. */
export function describeSettings<Name extends string>(settings: Settings<Name>, usage: string): string {
  const names = Object.keys(settings)
  const lines = Object.values<Setting>(settings).map(
    ({ flag, fallback, help }) => `  --${flag.padEnd(24)} ${help}${fallback === '' ? '' : ` [${fallback}]`}`,
  )
  return [
    usage,
    ...lines,
    `  --${'config FILE'.padEnd(24)} JSON file with these settings (${names.slice(0, 3).join(', ')}, …)`,
    'Each may be an environment variable too, such as LOREMESH_DATA_DIR; flags win over these, and these over the file.',
  ].join('\n')
}

/**
 * A reader of the settings' texts, from a command line, an environment and the file that one of them names. Throws
 * `bad-input` for an unknown flag and for a file that can't be read.
 */
export function readSettings<Name extends string>(
  settings: Settings<Name>,
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): (name: Name) => string {
  const flags = parseFlags(
    Object.values<Setting>(settings).map(({ flag }) => flag),
    args,
  )
  const file = readConfigFile(Object.keys(settings), flags['config'] ?? env['LOREMESH_CONFIG'])
  return (name) => {
    const { flag, fallback } = settings[name]
    const variable = `LOREMESH_${flag.replaceAll('-', '_').toUpperCase()}`
    return flags[flag] ?? env[variable] ?? file.get(name) ?? fallback
  }
}

/** A whole number. Throws `bad-input`. */
export function parseInteger({ flag }: Setting, text: string, least: number, most: number): number {
  const value = /^\d{1,9}$/.test(text) ? Number(text) : NaN
  if (!(value >= least && value <= most)) throw refusal(flag, text, `a whole number from ${least} to ${most}`)
  return value
}

/** A switch. Throws `bad-input`. */
export function parseBoolean({ flag }: Setting, text: string): boolean {
  if (text === 'true' || text === 'on' || text === '1') return true
  if (text === 'false' || text === 'off' || text === '0') return false
  throw refusal(flag, text, 'true or false')
}

/** Texts with commas between them. */
export function parseList(text: string): readonly string[] {
  return text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '')
}

/** The error for a setting that has to be something else. */
export function refusal(flag: string, text: string, rule: string): LoremeshError {
  return new LoremeshError('bad-input', `--${flag} is "${text}"`, `It must be ${rule}`)
}

function parseFlags(names: readonly string[], args: readonly string[]): Record<string, string | undefined> {
  const options = Object.fromEntries([...names, 'config'].map((flag) => [flag, { type: 'string' as const }]))
  try {
    return parseArgs({ args: [...args], options, strict: true }).values
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause)
    throw new LoremeshError('bad-input', message, 'See --help', { cause })
  }
}

function readConfigFile(names: readonly string[], path: string | undefined): ReadonlyMap<string, string> {
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
  const unknown = Object.keys(content).filter((name) => !names.includes(name))
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
