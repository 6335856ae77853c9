import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { createGenesis } from '../src/domain/economy/parameters.ts'
import type { Account } from '../src/domain/identity/account.ts'
import { LoremeshError } from '../src/domain/kernel/errors.ts'
import { genesisToJson, parseGenesis } from '../src/domain/ledger/genesis-json.ts'
import type { Genesis } from '../src/domain/ledger/genesis.ts'
import type { GenesisOptions } from './genesis-settings.ts'

/**
 * The network that the server belongs to, from its file; on the first start a new one with these authorities. It never
 * changes afterwards, whatever the options say: another genesis is another network. Throws `bad-input` when the file is
 * damaged.
 */
export function openGenesis(
  path: string,
  createAuthorities: () => readonly Account[],
  options: GenesisOptions,
  nowMs: number,
): Genesis {
  if (existsSync(path)) return readGenesis(path)
  const text = formatGenesis(createAuthorities(), options, nowMs)
  const genesis = parseGenesis(JSON.parse(text))
  writeFileSync(path, text, { flag: 'wx' })
  return genesis
}

/** The genesis in a file. Throws `bad-input` when there is none. */
export function readGenesis(path: string): Genesis {
  return parseGenesis(parseJsonFile(path))
}

/** The file of a new network's genesis. Throws `bad-input` when there can't be such a network. */
export function formatGenesis(
  authorities: readonly Account[],
  { networkName, starterTokens, paymentWindowMs, checkpointIntervalMs }: GenesisOptions,
  nowMs: number,
): string {
  const json = genesisToJson(
    createGenesis(
      { name: networkName, createdAtMs: nowMs, authorities },
      { starterGrant: starterTokens, paymentWindowMs, checkpointIntervalMs },
    ),
  )
  parseGenesis(json)
  return `${JSON.stringify(json, null, 2)}\n`
}

function parseJsonFile(path: string): unknown {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (cause) {
    throw new LoremeshError('bad-input', `${path} can't be read`, 'Check the path', { cause })
  }
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new LoremeshError('bad-input', `${path} is not JSON`, 'Restore it from a backup', { cause })
  }
}
