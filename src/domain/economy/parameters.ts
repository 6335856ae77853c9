import { parseTokens, type MicroTokens } from '../kernel/micro-tokens.ts'
import { MAX_CHECKPOINT_INTERVAL_MS, MAX_PAYMENT_WINDOW_MS, type Genesis } from '../ledger/genesis.ts'
import { parameterLimits } from '../ledger/parameter-change.ts'

/** A number that the economy runs on, under the name that the requirement gave it. */
export interface Parameter<Value extends MicroTokens | number> {
  readonly default: Value
  readonly min: Value
  readonly max: Value
  readonly unit: string
  /** Why it is what it is, and how far it holds. */
  readonly reason: string
}

function tokens(
  value: string,
  min: string,
  max: string,
  unit: string,
  reason: string,
): Parameter<MicroTokens> {
  return { default: parseTokens(value), min: parseTokens(min), max: parseTokens(max), unit, reason }
}

/** One that authorities may change: the ledger knows its limits. */
function changeable<Value extends MicroTokens | number>(
  value: Value,
  limits: { readonly min: Value; readonly max: Value },
  unit: string,
  reason: string,
): Parameter<Value> {
  return { default: value, ...limits, unit, reason }
}

function ratio(value: number, min: number, max: number, unit: string, reason: string): Parameter<number> {
  return { default: value, min, max, unit, reason }
}

/** Every parameter of the economy. Amounts are in µT, whatever the unit counts. */
export const parameters = {
  tokens_per_kb_served: changeable(
    parseTokens('2'),
    parameterLimits.pricePerKb,
    'µT per 1024 bytes',
    'What a payee gets for a transfer. Nothing is minted by serving: it is exactly what the payer pays.',
  ),
  tokens_per_kb_retrieved: changeable(
    parseTokens('2'),
    parameterLimits.pricePerKb,
    'µT per 1024 bytes',
    'What a payer pays for a transfer. Always equal to tokens_per_kb_served, or transfers would mint or burn.',
  ),
  new_context_bonus: tokens(
    '1000',
    '0',
    '1000',
    'µT per context, at most',
    'Upper bound of the reward for new content. Paid from the pool only, and never for near-duplicates.',
  ),
  uptime_bonus: tokens(
    '10',
    '0',
    '10',
    'µT per day, at most',
    'Upper bound of the reward for answering availability challenges. Heartbeats prove nothing and earn nothing.',
  ),
  verification_reward: tokens(
    '5',
    '0',
    '5',
    'µT per assigned verification, at most',
    'Upper bound of the reward for a verdict in the majority. Paid for assigned tasks only.',
  ),
  tracker_bonus: tokens(
    '50',
    '0',
    '50',
    'µT per day, at most',
    'Upper bound of the reward for a listed tracker that random peers could reach.',
  ),
  embedding_cost_per_doc: tokens(
    '0.1',
    '0',
    '100',
    'µT per document',
    'A transfer to the peer that computes embeddings for another one. An own model costs nothing.',
  ),
  new_user_starter_tokens: changeable(
    parseTokens('1000'),
    parameterLimits.starterGrant,
    'µT of credit, once per account',
    'Lets a newcomer ask before it has earned. Spend-only, so that fresh keys cannot be turned into tokens.',
  ),
  daily_free_tier_tokens: tokens(
    '50',
    '0',
    '1000',
    'µT of credit per day',
    'Keeps light users going. Spend-only, for low balances, served last.',
  ),
  llm_cost_multiplier: ratio(
    1,
    0.1,
    10,
    'factor',
    'Price of inference sold by a peer, relative to what its provider charges.',
  ),
  min_reputation_to_earn: ratio(0.5, 0, 1, 'reputation', 'Below it nothing is bought from an account.'),
  max_reputation_bonus: ratio(
    1.5,
    1,
    2,
    'factor',
    'Bounds what a high reputation adds to rewards. Paid from the pool, never minted by two peers trading.',
  ),
  reputation_decay_rate: ratio(
    0.01,
    0,
    0.1,
    'reputation per day offline',
    "Drifts toward the newcomer's level, so that absence never bars anybody.",
  ),
  payment_window_ms: ratio(
    300_000,
    10_000,
    MAX_PAYMENT_WINDOW_MS,
    'ms',
    'How long a payment stays claimable: long enough for a delivery and a batched claim, short enough to get it back soon.',
  ),
  checkpoint_interval_ms: ratio(
    30_000,
    10,
    MAX_CHECKPOINT_INTERVAL_MS,
    'ms',
    'How often the authorities sign the state of all accounts: what lapsed comes back after it, and old entries can go.',
  ),
  newcomer_credit_line: changeable(
    parseTokens('4'),
    parameterLimits.creditLine,
    'µT of unpaid delivery',
    'What a payee trusts a newcomer with before a voucher comes. The most that one cheat costs one payee.',
  ),
  decay_per_day_ppm: changeable(
    288,
    parameterLimits.decayPerDayPpm,
    'millionths of the free balance a day',
    'Hoarded tokens return to the pool, 10 % in a year, so that they move.',
  ),
  decay_exempt: changeable(
    parseTokens('300'),
    parameterLimits.decayExempt,
    'µT of free balance',
    'What everybody may keep without decay.',
  ),
} as const

/** The genesis of a network with the default parameters, and with others where `overrides` says so. */
export function createGenesis(
  network: Pick<Genesis, 'name' | 'createdAtMs' | 'authorities'>,
  overrides: Partial<Omit<Genesis, 'name' | 'createdAtMs' | 'authorities'>> = {},
): Genesis {
  return {
    name: network.name,
    createdAtMs: network.createdAtMs,
    authorities: network.authorities,
    starterGrant: parameters.new_user_starter_tokens.default,
    pricePerKb: parameters.tokens_per_kb_served.default,
    paymentWindowMs: parameters.payment_window_ms.default,
    checkpointIntervalMs: parameters.checkpoint_interval_ms.default,
    creditLine: parameters.newcomer_credit_line.default,
    decayPerDayPpm: parameters.decay_per_day_ppm.default,
    decayExempt: parameters.decay_exempt.default,
    ...overrides,
  }
}
