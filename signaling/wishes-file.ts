import { readFileSync } from 'node:fs'
import { parseParametersJson } from '../src/domain/economy/parameters-json.ts'
import { LoremeshError, toLoremeshError } from '../src/domain/kernel/errors.ts'
import type { ParameterChange } from '../src/domain/ledger/parameter-change.ts'

/** The parameters that a file asks to change; none for an empty path. Throws `bad-input`. */
export function readWishes(path: string): readonly ParameterChange[] {
  if (path === '') return []
  let json: unknown
  try {
    json = JSON.parse(readFileSync(path, 'utf8'))
  } catch (cause) {
    throw new LoremeshError('bad-input', `${path} can't be read as JSON`, 'Check --parameters', { cause })
  }
  try {
    return parseParametersJson(json)
  } catch (error) {
    const { code, message, hint } = toLoremeshError(error)
    throw new LoremeshError(code, `${message} in ${path}`, hint)
  }
}
