import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createGenesis } from '../src/domain/economy/parameters.ts'
import type { Account } from '../src/domain/identity/account.ts'
import { LoremeshError } from '../src/domain/kernel/errors.ts'
import { genesisToJson, parseGenesis } from '../src/domain/ledger/genesis-json.ts'
import type { Genesis } from '../src/domain/ledger/genesis.ts'
import type { ServerOptions } from './options.ts'

/**
 * The network that the server belongs to, from `genesis.json`; on the first start a new one with this server as its
 * only authority. It never changes afterwards, whatever the options say: another genesis is another network. Throws
 * `bad-input` when the file is damaged.
 */
export function openGenesis(
  { dataDir, networkName, starterTokens, paymentWindowMs }: GenesisOptions,
  authority: Account,
  nowMs: number,
): Genesis {
  const path = join(dataDir, 'genesis.json')
  if (existsSync(path)) return parseGenesis(parseJsonFile(path))
  const genesis = createGenesis(
    { name: networkName, createdAtMs: nowMs, authorities: [authority] },
    { starterGrant: starterTokens, paymentWindowMs },
  )
  const json = genesisToJson(genesis)
  parseGenesis(json)
  writeFileSync(path, `${JSON.stringify(json, null, 2)}\n`, { flag: 'wx' })
  return genesis
}

type GenesisOptions = Pick<ServerOptions, 'dataDir' | 'networkName' | 'starterTokens' | 'paymentWindowMs'>

function parseJsonFile(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch (cause) {
    throw new LoremeshError('bad-input', `${path} is not JSON`, 'Restore it from a backup', { cause })
  }
}
