/** What a language model and the network's tokens cost; the user may change every number. */
export interface Prices {
  /** US dollars for a million input tokens of the model. */
  readonly inputUsdPerMillion: number
  /** US dollars for a million input tokens that its provider has cached from an earlier prompt. */
  readonly cachedInputUsdPerMillion: number
  /** US dollars for a million output tokens of the model. */
  readonly outputUsdPerMillion: number
  /** Tokens that the model is expected to write for an answer. */
  readonly outputTokens: number
  /** US dollars that one token of the network is worth. */
  readonly usdPerToken: number
}

/** The list prices of a model. */
interface PricePreset extends Pick<
  Prices,
  'inputUsdPerMillion' | 'cachedInputUsdPerMillion' | 'outputUsdPerMillion'
> {
  readonly name: string
}

/** When the presets were noted; nothing has checked them since, and prices change every few months. */
export const PRESETS_DATE = 'April 2026'

/** Prices of some models as their makers’ public lists had them, for short prompts, without discounts for batches. */
export const PRICE_PRESETS: readonly PricePreset[] = [
  preset('Claude Sonnet 4.6', 3, 0.3, 15),
  preset('Claude Haiku 4.5', 1, 0.1, 5),
  preset('GPT-5.4', 2.5, 0.25, 15),
  preset('GPT-5.4 mini', 0.75, 0.075, 4.5),
  preset('Gemini 3.1 Pro', 2, 0.2, 12),
  preset('A model of your own', 0, 0, 0),
]

/**
 * A common model's prices. A token of the network is worth little: at ten times as much, to fetch a kilobyte would cost
 * more than to send it to the model.
 */
export const DEFAULT_PRICES: Prices = {
  inputUsdPerMillion: 3,
  cachedInputUsdPerMillion: 0.3,
  outputUsdPerMillion: 15,
  outputTokens: 500,
  usdPerToken: 0.0001,
}

/** The most that each price may be. */
export const MAX_PRICES: Prices = {
  inputUsdPerMillion: 10_000,
  cachedInputUsdPerMillion: 10_000,
  outputUsdPerMillion: 10_000,
  outputTokens: 1_000_000,
  usdPerToken: 1_000,
}

/** The valid prices among `value`; the default stands in for each that is missing, negative or above its maximum. */
export function parsePrices(value: unknown): Prices {
  const given = (typeof value === 'object' && value !== null ? value : {}) as Record<string, unknown>
  const read = (name: keyof Prices): number => {
    const price = given[name]
    return typeof price === 'number' && price >= 0 && price <= MAX_PRICES[name] ? price : DEFAULT_PRICES[name]
  }
  return {
    inputUsdPerMillion: read('inputUsdPerMillion'),
    cachedInputUsdPerMillion: read('cachedInputUsdPerMillion'),
    outputUsdPerMillion: read('outputUsdPerMillion'),
    outputTokens: Math.round(read('outputTokens')),
    usdPerToken: read('usdPerToken'),
  }
}

function preset(name: string, input: number, cachedInput: number, output: number): PricePreset {
  return {
    name,
    inputUsdPerMillion: input,
    cachedInputUsdPerMillion: cachedInput,
    outputUsdPerMillion: output,
  }
}
