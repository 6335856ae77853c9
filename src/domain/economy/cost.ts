import { MICRO_TOKENS_PER_TOKEN, type MicroTokens } from '../kernel/micro-tokens.ts'
import { DEFAULT_PRICES, type Prices } from './prices.ts'

/** What a question sends to a language model, and what it would send without Loremesh, in the model's tokens. */
export interface QueryUsage {
  /** Instructions, labels and question around the contexts. */
  readonly promptTokens: number
  /** All contexts together. */
  readonly contextTokens: number
  /** The whole documents behind the contexts, each document once. */
  readonly documentTokens: number
  readonly documents: number
  /** How many of these documents are not held whole, so that their tokens are estimated by their size. */
  readonly estimatedDocuments: number
  /** The encoding that tokens were counted in; null while all of them are estimated by size. */
  readonly encoding: string | null
  /** What the contexts cost. */
  readonly paid: MicroTokens
}

/** What the contexts of a question cost with a language model, against sending the whole documents they come from. */
export interface QueryCost {
  /** Of sending the documents whole, and the output. */
  readonly fullUsd: number
  /** The same when the model's provider has the documents in its prompt cache from an earlier question. */
  readonly cachedUsd: number
  /** Of prompt, contexts and output, and of the paid tokens. */
  readonly withLoremeshUsd: number
  /** 1 − context / document tokens. This and the next two are negative for a loss, null where there is nothing to save of. */
  readonly inputSaving: number | null
  /** 1 − with Loremesh / full. */
  readonly totalSaving: number | null
  /** 1 − with Loremesh / cached. */
  readonly cachedSaving: number | null
}

/** English text and code have 3.3 to 4.8 bytes a model token. */
const BYTES_PER_TOKEN = 4
/** Instructions are about this long, and so are the label and the marks of a passage. */
const PROMPT_TOKENS = { instructions: 180, passage: 60 }

/** Estimated model tokens of a text of so many bytes. */
export function estimateTokens(sizeBytes: number): number {
  return Math.ceil(sizeBytes / BYTES_PER_TOKEN)
}

/** What is known before anything is counted. All sizes are in bytes, those of `documents` each document once. */
export function estimateUsage(sizes: {
  readonly question: number
  readonly contexts: readonly number[]
  readonly documents: readonly number[]
  readonly paid: MicroTokens
}): QueryUsage {
  const { question, contexts, documents, paid } = sizes
  return {
    promptTokens:
      PROMPT_TOKENS.instructions + contexts.length * PROMPT_TOKENS.passage + estimateTokens(question),
    contextTokens: sum(contexts.map(estimateTokens)),
    documentTokens: sum(documents.map(estimateTokens)),
    documents: documents.length,
    estimatedDocuments: documents.length,
    encoding: null,
    paid,
  }
}

/**
 * Cost of a question in US dollars, with T for tokens and p for prices of a million:
 * full = (T_documents·p_in + T_out·p_out) / 10⁶, cached = (T_documents·p_cached + T_out·p_out) / 10⁶ and
 * with = ((T_prompt + T_contexts)·p_in + T_out·p_out) / 10⁶ + paid·usdPerToken. Embedding is done by the peers themselves
 * and costs nothing.
 */
export function queryCost(usage: QueryUsage, prices: Prices = DEFAULT_PRICES): QueryCost {
  const { promptTokens, contextTokens, documentTokens, paid } = usage
  const { inputUsdPerMillion, cachedInputUsdPerMillion, outputUsdPerMillion, outputTokens } = prices
  const modelUsd = (inputTokens: number, usdPerMillion: number): number =>
    (inputTokens * usdPerMillion + outputTokens * outputUsdPerMillion) / 1e6
  const fullUsd = modelUsd(documentTokens, inputUsdPerMillion)
  const cachedUsd = modelUsd(documentTokens, cachedInputUsdPerMillion)
  const paidTokens = Number(paid) / Number(MICRO_TOKENS_PER_TOKEN)
  const withLoremeshUsd =
    modelUsd(promptTokens + contextTokens, inputUsdPerMillion) + paidTokens * prices.usdPerToken
  return {
    fullUsd,
    cachedUsd,
    withLoremeshUsd,
    inputSaving: saving(contextTokens, documentTokens),
    totalSaving: saving(withLoremeshUsd, fullUsd),
    cachedSaving: saving(withLoremeshUsd, cachedUsd),
  }
}

/** 1 − part / whole; null when there is no whole. */
function saving(part: number, whole: number): number | null {
  return whole === 0 ? null : 1 - part / whole
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}
