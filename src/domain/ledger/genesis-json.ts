import { toAccount } from '../identity/account.ts'
import { bytesToHexText, hexTextToBytes } from '../kernel/bytes.ts'
import { LoremeshError } from '../kernel/errors.ts'
import { toMicroTokens, type MicroTokens } from '../kernel/micro-tokens.ts'
import {
  MAX_AUTHORITIES,
  MAX_CHECKPOINT_INTERVAL_MS,
  MAX_PAYMENT_WINDOW_MS,
  type Genesis,
} from './genesis.ts'
import { changesIn, isWithinLimits, parameterLimits } from './parameter-change.ts'

const MAX_NAME_LENGTH = 64

/** JSON form, as `/.well-known/loremesh.json` serves it: keys in hexadecimal, amounts in µT as decimal texts. */
export interface GenesisJson {
  readonly name: string
  readonly createdAtMs: number
  readonly authorities: readonly string[]
  readonly starterGrant: string
  readonly pricePerKb: string
  readonly paymentWindowMs: number
  readonly checkpointIntervalMs: number
  readonly creditLine: string
  readonly decayPerDayPpm: number
  readonly decayExempt: string
}

/** JSON form of a genesis. */
export function genesisToJson(genesis: Genesis): GenesisJson {
  return {
    name: genesis.name,
    createdAtMs: genesis.createdAtMs,
    authorities: genesis.authorities.map(bytesToHexText),
    starterGrant: genesis.starterGrant.toString(),
    pricePerKb: genesis.pricePerKb.toString(),
    paymentWindowMs: genesis.paymentWindowMs,
    checkpointIntervalMs: genesis.checkpointIntervalMs,
    creditLine: genesis.creditLine.toString(),
    decayPerDayPpm: genesis.decayPerDayPpm,
    decayExempt: genesis.decayExempt.toString(),
  }
}

/** The genesis of a parsed JSON value. Throws `bad-input` when a field is missing, mistyped or out of range. */
export function parseGenesis(json: unknown): Genesis {
  if (typeof json !== 'object' || json === null) throw badGenesis('is not an object')
  const fields = new Map<string, unknown>(Object.entries(json))
  const genesis: Genesis = {
    name: readName(fields.get('name')),
    createdAtMs: readNumber(fields.get('createdAtMs'), 'createdAtMs', Number.MAX_SAFE_INTEGER),
    authorities: readAuthorities(fields.get('authorities')),
    starterGrant: readDecimal(fields.get('starterGrant'), 'starterGrant'),
    pricePerKb: readDecimal(fields.get('pricePerKb'), 'pricePerKb'),
    paymentWindowMs: readNumber(fields.get('paymentWindowMs'), 'paymentWindowMs', MAX_PAYMENT_WINDOW_MS),
    checkpointIntervalMs: readNumber(
      fields.get('checkpointIntervalMs'),
      'checkpointIntervalMs',
      MAX_CHECKPOINT_INTERVAL_MS,
    ),
    creditLine: readDecimal(fields.get('creditLine'), 'creditLine'),
    decayPerDayPpm: readNumber(
      fields.get('decayPerDayPpm'),
      'decayPerDayPpm',
      parameterLimits.decayPerDayPpm.max,
      0,
    ),
    decayExempt: readDecimal(fields.get('decayExempt'), 'decayExempt'),
  }
  checkParameters(genesis)
  return genesis
}

function checkParameters(genesis: Genesis): void {
  for (const change of changesIn(genesis)) {
    if (isWithinLimits(change)) continue
    const { min, max } = parameterLimits[change.name]
    throw badGenesis(`has no ${change.name} from ${min} to ${max}`)
  }
}

function readName(value: unknown): string {
  if (typeof value !== 'string' || value === '' || value.length > MAX_NAME_LENGTH) {
    throw badGenesis(`has no name of 1 to ${MAX_NAME_LENGTH} characters`)
  }
  return value
}

function readNumber(value: unknown, name: string, max: number, min = 1): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < min || value > max) {
    throw badGenesis(`has no ${name} from ${min} to ${max}`)
  }
  return value
}

function readDecimal(value: unknown, name: string): MicroTokens {
  if (typeof value !== 'string' || !/^(0|[1-9]\d{0,18})$/.test(value)) {
    throw badGenesis(`has no ${name} as a decimal text`)
  }
  return toMicroTokens(BigInt(value))
}

function readAuthorities(value: unknown): Genesis['authorities'] {
  const keys: unknown[] = Array.isArray(value) ? value : []
  if (keys.length % 3 !== 1 || keys.length > MAX_AUTHORITIES || new Set(keys).size !== keys.length) {
    throw badGenesis(`does not name 3f+1 different authorities, at most ${MAX_AUTHORITIES}`)
  }
  return keys.map((key) => {
    if (typeof key !== 'string' || !/^[0-9a-f]{64}$/.test(key))
      throw badGenesis('has a malformed authority key')
    return toAccount(hexTextToBytes(key))
  })
}

function badGenesis(reason: string): LoremeshError {
  return new LoremeshError('bad-input', `The genesis ${reason}`)
}
