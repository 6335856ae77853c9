import { MICRO_TOKENS_PER_TOKEN, type MicroTokens } from '../kernel/micro-tokens.ts'

/** What a language model and the network's tokens cost; the user may change every number. */
export interface Prices {
  /** US dollars for a million input tokens of the model. */
  readonly inputUsdPerMillion: number
  /** US dollars for a million output tokens of the model. */
  readonly outputUsdPerMillion: number
  /** US dollars that one token of the network is worth. */
  readonly usdPerToken: number
}

/** What a question sends to a model, and what it would send without Loremesh. */
export interface QuestionSizes {
  /** Sizes in bytes of the whole documents behind the contexts, each document once. */
  readonly documents: readonly number[]
  /** Size in bytes of all contexts together. */
  readonly contextBytes: number
  /** What the contexts cost. */
  readonly paid: MicroTokens
}

/** What the contexts of a question cost a language model, against sending the whole documents they come from. */
export interface QueryCost {
  readonly fullInputTokens: number
  readonly contextInputTokens: number
  /** 1 − context / full input tokens; 0 when there is no document. */
  readonly inputSaving: number
  /** 1 − cost with Loremesh / cost of sending everything, output and paid tokens included; negative when it costs more. */
  readonly totalSaving: number
  readonly fullUsd: number
  readonly withLoremeshUsd: number
  readonly paid: MicroTokens
  /** How model tokens were counted. */
  readonly tokenCount: string
}

export const DEFAULT_PRICES: Prices = { inputUsdPerMillion: 3, outputUsdPerMillion: 15, usdPerToken: 0.0001 }
/** Model tokens of instructions and question around the contexts, and of the model's answer. */
const DEFAULT_TOKENS = { prompt: 100, output: 500 }
/** English text and code have 3.3 to 4.8 bytes a model token. */
const BYTES_PER_TOKEN = 4

/** Estimated model tokens of a text of so many bytes. */
export function estimateTokens(sizeBytes: number): number {
  return Math.ceil(sizeBytes / BYTES_PER_TOKEN)
}

/**
 * Cost of a question with and without Loremesh, in US dollars:
 * full = (T_all·p_in + T_out·p_out) / 10⁶ and with = ((T_prompt + T_contexts)·p_in + T_out·p_out) / 10⁶ + paid·usdPerToken.
 */
export function queryCost(
  sizes: QuestionSizes,
  options: { readonly prices?: Prices; readonly promptTokens?: number; readonly outputTokens?: number } = {},
): QueryCost {
  const {
    prices = DEFAULT_PRICES,
    promptTokens = DEFAULT_TOKENS.prompt,
    outputTokens = DEFAULT_TOKENS.output,
  } = options
  const modelUsd = (inputTokens: number): number =>
    (inputTokens * prices.inputUsdPerMillion + outputTokens * prices.outputUsdPerMillion) / 1e6
  const fullInputTokens = estimateTokens(sizes.documents.reduce((sum, bytes) => sum + bytes, 0))
  const contextInputTokens = estimateTokens(sizes.contextBytes)
  const fullUsd = modelUsd(fullInputTokens)
  const paidTokens = Number(sizes.paid) / Number(MICRO_TOKENS_PER_TOKEN)
  const withLoremeshUsd = modelUsd(promptTokens + contextInputTokens) + paidTokens * prices.usdPerToken
  return {
    fullInputTokens,
    contextInputTokens,
    inputSaving: saving(contextInputTokens, fullInputTokens),
    totalSaving: saving(withLoremeshUsd, fullUsd),
    fullUsd,
    withLoremeshUsd,
    paid: sizes.paid,
    tokenCount: `estimate: bytes / ${BYTES_PER_TOKEN}`,
  }
}

/** 1 − part / whole; 0 when there is no whole. */
function saving(part: number, whole: number): number {
  return whole === 0 ? 0 : 1 - part / whole
}
