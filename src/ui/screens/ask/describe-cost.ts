import { DEFAULT_PRICES } from '../../../domain/economy/cost.ts'
import { formatTokens, type MicroTokens } from '../../../domain/kernel/micro-tokens.ts'
import type { Answer } from '../../../peer/peer.ts'
import {
  formatBytes,
  formatCount,
  formatMs,
  formatPercent,
  formatPlural,
  formatTokensShort,
  formatUsd,
} from '../../format.ts'

/** The line under an answer, in parts that are shown with a dot between them. */
export interface CostLine {
  /** What it was: contexts, size, tokens, time. */
  readonly facts: readonly string[]
  /** What it saves, or costs on top; empty when there is nothing to compare. */
  readonly savings: readonly string[]
  /** False when the answer costs more than sending whole documents. */
  readonly isSaving: boolean
}

/** One number of the cost line and how it came about. */
export interface CostExplanation {
  readonly name: string
  readonly value: string
  readonly how: string
}

const examplePrices =
  `Reckoned with example prices: ${formatUsd(DEFAULT_PRICES.inputUsdPerMillion)} and ` +
  `${formatUsd(DEFAULT_PRICES.outputUsdPerMillion)} for a million input and output tokens of a model, ` +
  `${formatUsd(DEFAULT_PRICES.usdPerToken)} for a token of Loremesh, which nobody sells.`

/** The cost line of an answer. */
export function describeCost(answer: Answer): CostLine {
  const { cost, timings, results } = answer
  const facts = [
    formatPlural(results.length, 'context'),
    formatBytes(totalBytes(answer)),
    `${formatTokensShort(cost.paid)} tokens`,
    formatMs(timings.totalMs),
  ]
  if (results.length === 0 || cost.fullInputTokens === 0) return { facts, savings: [], isSaving: true }
  return {
    facts,
    savings: [
      compareInput(cost.inputSaving),
      `${formatUsd(cost.withLoremeshUsd)} instead of ${formatUsd(cost.fullUsd)}`,
    ],
    isSaving: cost.inputSaving >= 0 && cost.totalSaving >= 0,
  }
}

/** Every number of the cost line with its explanation; `pricePerKb` is in force now. */
export function explainCost(answer: Answer, pricePerKb: MicroTokens): readonly CostExplanation[] {
  const { cost, timings } = answer
  const stages = [
    ['own library', timings.localMs],
    ['asking peers', timings.discoverMs],
    ['paying', timings.payMs],
    ['fetching', timings.fetchMs],
  ] as const
  const facts: CostExplanation[] = [
    {
      name: 'Contexts',
      value: `${formatPlural(answer.results.length, 'passage')}, ${formatBytes(totalBytes(answer))}`,
      how: `The passages below, 1 KB being 1024 bytes. ${formatPlural(answer.askedPeers, 'peer')} asked.`,
    },
    {
      name: 'Paid',
      value: `${formatTokens(cost.paid)} tokens`,
      how: answer.fromCache
        ? 'The same question was answered before, so its contexts were used again and nothing new was paid.'
        : `For what came from other peers, at present ${tokensPerKb(pricePerKb)}. Your own and cached contexts are free.`,
    },
    {
      name: 'Time',
      value: formatMs(timings.totalMs),
      how: stages.map(([name, ms]) => `${name} ${formatMs(ms)}`).join(', '),
    },
  ]
  if (answer.results.length === 0 || cost.fullInputTokens === 0) return facts
  return [
    ...facts,
    {
      name: 'Input tokens',
      value: `${formatCount(cost.contextInputTokens)} instead of ${formatCount(cost.fullInputTokens)}`,
      how: `What a language model would read: these contexts, against the whole documents they come from. Counted by ${cost.tokenCount}.`,
    },
    {
      name: 'Cost for a model',
      value: `${formatUsd(cost.withLoremeshUsd)} instead of ${formatUsd(cost.fullUsd)}`,
      how: `Prompt, contexts, output and the paid tokens, against whole documents and the same output. ${examplePrices}`,
    },
    {
      name: cost.totalSaving < 0 ? 'More expensive by' : 'Saved in total',
      value: formatPercent(Math.abs(cost.totalSaving)),
      how:
        cost.totalSaving < 0
          ? 'Sending the documents whole would have been cheaper: they are short, and prompt and paid tokens count too.'
          : 'Smaller than the share of input tokens, because output and paid tokens count too.',
    },
  ]
}

/** A price in words: "2 tokens for each KB". */
export function tokensPerKb(pricePerKb: MicroTokens): string {
  const tokens = formatTokens(pricePerKb)
  return `${tokens} ${tokens === '1' ? 'token' : 'tokens'} for each KB`
}

function compareInput(saving: number): string {
  const share = formatPercent(Math.abs(saving))
  if (share === '0 %') return 'As many input tokens as the whole documents'
  return `${share} ${saving < 0 ? 'more' : 'fewer'} input tokens than the whole documents`
}

function totalBytes(answer: Answer): number {
  return answer.results.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
}
