import { LoremeshError } from '../kernel/errors.ts'
import { formatTokens, parseTokens } from '../kernel/micro-tokens.ts'
import type { NetworkParameters } from '../ledger/network-parameters.ts'
import {
  changesIn,
  isWithinLimits,
  PARAMETER_NAMES,
  parameterLimits,
  type ParameterChange,
  type ParameterName,
} from '../ledger/parameter-change.ts'
import type { parameters } from './parameters.ts'

/** The requirement's key of each parameter that can be changed. */
const keys = {
  starterGrant: 'new_user_starter_tokens',
  pricePerKb: 'tokens_per_kb_served',
  creditLine: 'newcomer_credit_line',
  decayPerDayPpm: 'decay_per_day_ppm',
  decayExempt: 'decay_exempt',
} as const satisfies Readonly<Record<ParameterName, keyof typeof parameters>>

/** JSON form under the requirement's keys: amounts as decimal texts of tokens, numbers as such. */
export type ParametersJson = Readonly<Partial<Record<(typeof keys)[ParameterName], string | number>>>

/** JSON form of parameters. */
export function parametersToJson(inForce: NetworkParameters): ParametersJson {
  return Object.fromEntries(changesIn(inForce).map((change) => [keys[change.name], valueToJson(change)]))
}

/**
 * The changes that a parsed JSON value asks for, which names some of the parameters. Throws `bad-input` for what is no
 * parameter, and for a value that it may not have.
 */
export function parseParametersJson(json: unknown): readonly ParameterChange[] {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    throw new LoremeshError('bad-input', 'The parameters are not one JSON object', ALL_KEYS)
  }
  return Object.entries(json).map(([key, value]) => {
    const name = PARAMETER_NAMES.find((candidate) => keys[candidate] === key)
    if (name === undefined) {
      throw new LoremeshError('bad-input', `"${key}" is no parameter that can be changed`, ALL_KEYS)
    }
    const change = parseChange(name, value)
    if (change === undefined || !isWithinLimits(change)) {
      throw new LoremeshError('bad-input', `${key} is ${JSON.stringify(value)}`, ruleOf(name))
    }
    return change
  })
}

const ALL_KEYS = `Those that can be changed are ${Object.values(keys).join(', ')}`

function valueToJson({ name, value }: ParameterChange): string | number {
  return name === 'decayPerDayPpm' ? value : formatTokens(value)
}

/** Undefined for what is no value of this parameter. */
function parseChange(name: ParameterName, value: unknown): ParameterChange | undefined {
  if (name === 'decayPerDayPpm') {
    return typeof value === 'number' && Number.isSafeInteger(value) ? { name, value } : undefined
  }
  if (typeof value !== 'string') return undefined
  try {
    return { name, value: parseTokens(value) }
  } catch {
    return undefined
  }
}

function ruleOf(name: ParameterName): string {
  if (name === 'decayPerDayPpm') {
    const { min, max } = parameterLimits[name]
    return `Write a whole number from ${min} to ${max}`
  }
  const { min, max } = parameterLimits[name]
  return `Write an amount of tokens as a text, from "${formatTokens(min)}" to "${formatTokens(max)}"`
}
