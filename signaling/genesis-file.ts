import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Account } from '../src/domain/identity/account.ts'
import { LoremeshError } from '../src/domain/kernel/errors.ts'
import { parseTokens } from '../src/domain/kernel/micro-tokens.ts'
import { genesisToJson, parseGenesis } from '../src/domain/ledger/genesis-json.ts'
import type { Genesis } from '../src/domain/ledger/genesis.ts'
import type { ServerOptions } from './options.ts'

/** The requirement's `tokens_per_kb_served`. */
const PRICE_PER_KB = parseTokens('2')

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
  const genesis: Genesis = {
    name: networkName,
    createdAtMs: nowMs,
    authorities: [authority],
    starterGrant: starterTokens,
    pricePerKb: PRICE_PER_KB,
    paymentWindowMs,
  }
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
