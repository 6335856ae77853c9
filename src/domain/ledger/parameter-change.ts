import type { CborValue } from '../kernel/cbor.ts'
import { LoremeshError } from '../kernel/errors.ts'
import { parseTokens, ZERO_TOKENS } from '../kernel/micro-tokens.ts'
import { readAmount, readInteger, readTuple } from './cbor-fields.ts'
import type { NetworkParameters } from './network-parameters.ts'

/** Names a parameter that can be changed. */
export type ParameterName = keyof NetworkParameters

/** The value that a parameter is to have. */
export type ParameterChange = {
  readonly [Name in ParameterName]: { readonly name: Name; readonly value: NetworkParameters[Name] }
}[ParameterName]

/** Every parameter, in the order of their codes on the wire, which are never reused. */
export const PARAMETER_NAMES = [
  'starterGrant',
  'pricePerKb',
  'creditLine',
  'decayPerDayPpm',
  'decayExempt',
] as const satisfies readonly ParameterName[]

/** Smallest and largest value that a parameter may have, in a genesis, too. Amounts in µT. */
export const parameterLimits = {
  starterGrant: { min: ZERO_TOKENS, max: parseTokens('10000') },
  pricePerKb: { min: parseTokens('0.000001'), max: parseTokens('1000') },
  creditLine: { min: ZERO_TOKENS, max: parseTokens('100') },
  decayPerDayPpm: { min: 0, max: 100_000 },
  decayExempt: { min: ZERO_TOKENS, max: parseTokens('1000000') },
} as const satisfies {
  readonly [Name in ParameterName]: {
    readonly min: NetworkParameters[Name]
    readonly max: NetworkParameters[Name]
  }
}

/** Whether the value is one that the parameter may have. */
export function isWithinLimits({ name, value }: ParameterChange): boolean {
  const { min, max } = parameterLimits[name]
  return value >= min && value <= max
}

/** What makes the one parameters into the others, in the order of `PARAMETER_NAMES`. */
export function changesBetween(
  before: NetworkParameters,
  after: NetworkParameters,
): readonly ParameterChange[] {
  return changesIn(after).filter(({ name, value }) => value !== before[name])
}

/** The parameters after changes. */
export function withChanges(
  parameters: NetworkParameters,
  changes: readonly ParameterChange[],
): NetworkParameters {
  return changes.reduce((changed, { name, value }) => ({ ...changed, [name]: value }), parameters)
}

/** Whether two changes say the same. */
export function isSameChange(one: ParameterChange, other: ParameterChange): boolean {
  return one.name === other.name && one.value === other.value
}

/** CBOR form: the values in the order of `PARAMETER_NAMES`. */
export function encodeParameters(parameters: NetworkParameters): readonly CborValue[] {
  return changesIn(parameters).map(({ value }) => value)
}

/** The parameters of a CBOR field. Throws `bad-encoding`, also for a value that they may not have. */
export function readParameters(field: CborValue | undefined): NetworkParameters {
  const [starterGrant, pricePerKb, creditLine, decayPerDayPpm, decayExempt] = readTuple(
    field,
    PARAMETER_NAMES.length,
    'list of parameters',
  )
  const parameters = {
    starterGrant: readAmount(starterGrant, 'starter grant'),
    pricePerKb: readAmount(pricePerKb, 'price'),
    creditLine: readAmount(creditLine, 'credit line'),
    decayPerDayPpm: readInteger(decayPerDayPpm, 'decay'),
    decayExempt: readAmount(decayExempt, 'exempt amount'),
  }
  changesIn(parameters).forEach(checkLimits)
  return parameters
}

/** CBOR form: code and value. */
export function encodeChange({ name, value }: ParameterChange): readonly [number, CborValue] {
  return [PARAMETER_NAMES.indexOf(name), value]
}

/** The change of two CBOR fields. Throws `bad-encoding`, also for a value that the parameter may not have. */
export function readChange(code: CborValue | undefined, value: CborValue | undefined): ParameterChange {
  const name = PARAMETER_NAMES[readInteger(code, 'code of the parameter', PARAMETER_NAMES.length - 1)]
  if (name === undefined) throw new LoremeshError('bad-encoding', 'There is no such parameter')
  const change: ParameterChange =
    name === 'decayPerDayPpm'
      ? { name, value: readInteger(value, 'value of the parameter') }
      : { name, value: readAmount(value, 'value of the parameter') }
  checkLimits(change)
  return change
}

/** What sets every parameter to these values, in the order of `PARAMETER_NAMES`. */
export function changesIn(parameters: NetworkParameters): readonly ParameterChange[] {
  const { starterGrant, pricePerKb, creditLine, decayPerDayPpm, decayExempt } = parameters
  return [
    { name: 'starterGrant', value: starterGrant },
    { name: 'pricePerKb', value: pricePerKb },
    { name: 'creditLine', value: creditLine },
    { name: 'decayPerDayPpm', value: decayPerDayPpm },
    { name: 'decayExempt', value: decayExempt },
  ]
}

function checkLimits(change: ParameterChange): void {
  if (isWithinLimits(change)) return
  const { min, max } = parameterLimits[change.name]
  throw new LoremeshError('bad-encoding', `The value of ${change.name} is not from ${min} to ${max}`)
}
