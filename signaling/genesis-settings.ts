import { parameters } from '../src/domain/economy/parameters.ts'
import { formatTokens, parseTokens, type MicroTokens } from '../src/domain/kernel/micro-tokens.ts'
import { parseInteger, type Settings } from './settings.ts'

/** What the operator of a new network decides. */
export interface GenesisOptions {
  readonly networkName: string
  readonly starterTokens: MicroTokens
  readonly paymentWindowMs: number
  readonly checkpointIntervalMs: number
}

const { payment_window_ms: paymentWindow, checkpoint_interval_ms: checkpointInterval } = parameters

/** Settings of a new network; one that exists keeps those in its genesis. */
export const genesisSettings = {
  networkName: { flag: 'network-name', fallback: 'loremesh', help: 'name of the network (first start only)' },
  starterTokens: {
    flag: 'starter-tokens',
    fallback: formatTokens(parameters.new_user_starter_tokens.default),
    help: 'tokens a newcomer may spend (first start only)',
  },
  paymentWindowSeconds: {
    flag: 'payment-window-seconds',
    fallback: String(paymentWindow.default / 1000),
    help: 'how long a payment stays claimable (first start only)',
  },
  checkpointSeconds: {
    flag: 'checkpoint-seconds',
    fallback: String(checkpointInterval.default / 1000),
    help: 'time between two checkpoints (first start only)',
  },
} as const satisfies Settings<string>

/** The options that `read` gives the texts of. Throws `bad-input`. */
export function parseGenesisOptions(read: (name: keyof typeof genesisSettings) => string): GenesisOptions {
  return {
    networkName: read('networkName'),
    starterTokens: parseTokens(read('starterTokens')),
    paymentWindowMs: parseSeconds('paymentWindowSeconds', paymentWindow),
    checkpointIntervalMs: parseSeconds('checkpointSeconds', checkpointInterval),
  }

  /** A whole number of seconds, in milliseconds. */
  function parseSeconds(
    name: keyof typeof genesisSettings,
    { min, max }: { readonly min: number; readonly max: number },
  ): number {
    return 1000 * parseInteger(genesisSettings[name], read(name), Math.ceil(min / 1000), max / 1000)
  }
}
