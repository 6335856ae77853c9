import { queryCost, type QueryUsage } from '../../../domain/economy/cost.ts'
import type { Prices } from '../../../domain/economy/prices.ts'
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

/** The cost line of an answer, with its model tokens counted or estimated. */
export function describeCost(answer: Answer, usage: QueryUsage, prices: Prices): CostLine {
  const { timings, results, fromCache } = answer
  const facts = [
    formatPlural(results.length, 'context'),
    formatBytes(totalBytes(answer)),
    fromCache ? 'nothing paid again' : `${formatTokensShort(usage.paid)} tokens`,
    formatMs(timings.totalMs),
  ]
  const { inputSaving, totalSaving, withLoremeshUsd, fullUsd } = queryCost(usage, prices)
  if (results.length === 0 || inputSaving === null) return { facts, savings: [], isSaving: true }
  return {
    facts,
    savings: [
      `${usage.encoding === null ? 'About ' : ''}${compareInput(inputSaving)}`,
      `${formatUsd(withLoremeshUsd)} instead of ${formatUsd(fullUsd)}`,
    ],
    isSaving: inputSaving >= 0 && (totalSaving ?? 0) >= 0,
  }
}

/** Every number of the cost line with its explanation; `pricePerKb` is in force now. */
export function explainCost(
  answer: Answer,
  usage: QueryUsage,
  prices: Prices,
  pricePerKb: MicroTokens,
): readonly CostExplanation[] {
  const facts: CostExplanation[] = [
    {
      name: 'Contexts',
      value: `${formatPlural(answer.results.length, 'passage')}, ${formatBytes(totalBytes(answer))}`,
      how: `The passages below, 1 KB being 1024 bytes. ${formatPlural(answer.askedPeers, 'peer')} asked.`,
    },
    { name: 'Paid', value: `${formatTokens(usage.paid)} tokens`, how: explainPaid(answer, pricePerKb) },
    { name: 'Time', value: formatMs(answer.timings.totalMs), how: explainTime(answer) },
  ]
  if (answer.results.length === 0 || usage.documentTokens === 0) return facts
  const { withLoremeshUsd, fullUsd, cachedUsd, totalSaving, cachedSaving } = queryCost(usage, prices)
  const { promptTokens, contextTokens, documentTokens } = usage
  return [
    ...facts,
    {
      name: 'Input tokens',
      value: `${formatCount(contextTokens)} instead of ${formatCount(documentTokens)}`,
      how: `What a language model would read: these contexts, against the whole documents they come from. ${explainCount(usage)}`,
    },
    {
      name: 'Prompt',
      value: `${formatCount(promptTokens)} tokens on top`,
      how: 'Instructions, labels of the passages and the question, as “Copy as prompt” gives them.',
    },
    {
      name: 'Cost for a model',
      value: `${formatUsd(withLoremeshUsd)} instead of ${formatUsd(fullUsd)}`,
      how: explainCostForModel(usage, prices),
    },
    {
      name: savingName(totalSaving, 'in total'),
      value: formatSaving(totalSaving),
      how:
        totalSaving !== null && totalSaving < 0
          ? 'Sending the documents whole would have been cheaper: they are short, and prompt and paid tokens count too.'
          : 'Smaller than the share of input tokens, because prompt, output and paid tokens count too.',
    },
    {
      name: savingName(cachedSaving, 'against a cached prompt'),
      value: formatSaving(cachedSaving),
      how: `Had the model’s provider kept the whole documents from an earlier question, at ${perMillion(prices.cachedInputUsdPerMillion)} for cached input, sending them again would cost ${formatUsd(cachedUsd)}.`,
    },
  ]
}

/** A price in words: "2 tokens for each KB". */
export function tokensPerKb(pricePerKb: MicroTokens): string {
  const tokens = formatTokens(pricePerKb)
  return `${tokens} ${tokens === '1' ? 'token' : 'tokens'} for each KB`
}

function explainPaid({ fromCache, paidEarlier }: Answer, pricePerKb: MicroTokens): string {
  if (!fromCache) {
    return `For what came from other peers, at present ${tokensPerKb(pricePerKb)}. Your own and cached contexts are free.`
  }
  return paidEarlier === 0n
    ? 'The same question was answered a short while ago. Its contexts were used again; none of them cost anything then or now.'
    : `The same question was answered a short while ago and paid ${formatTokens(paidEarlier)} tokens then. Its contexts were used again; that payment counts there, and is no part of the cost below.`
}

function explainTime({ timings }: Answer): string {
  const stages = [
    ['own library', timings.localMs],
    ['asking peers', timings.discoverMs],
    ['paying', timings.payMs],
    ['fetching', timings.fetchMs],
  ] as const
  return stages.map(([name, ms]) => `${name} ${formatMs(ms)}`).join(', ')
}

function explainCount({ encoding, documents, estimatedDocuments }: QueryUsage): string {
  if (encoding === null) return 'Estimated: bytes / 4.'
  const counted = `Counted in ${encoding}, the encoding of GPT-4o and later; other models count somewhat differently.`
  if (estimatedDocuments === 0) return counted
  return `${counted} ${formatCount(estimatedDocuments)} of ${formatPlural(documents, 'document')} not held here as a whole, or too long to count: estimated by size, with as many tokens a byte as these contexts have.`
}

function explainCostForModel({ promptTokens, contextTokens, paid }: QueryUsage, prices: Prices): string {
  const { inputUsdPerMillion, outputUsdPerMillion, outputTokens, usdPerToken } = prices
  return (
    `${formatCount(promptTokens + contextTokens)} tokens of prompt and contexts at ${perMillion(inputUsdPerMillion)}, ` +
    `${formatCount(outputTokens)} of expected output at ${perMillion(outputUsdPerMillion)}, and ` +
    `${formatTokensShort(paid)} paid tokens of Loremesh at ${formatUsd(usdPerToken)} each, which nobody sells; ` +
    'against whole documents and the same output. You can edit these prices.'
  )
}

function perMillion(usd: number): string {
  return `${formatUsd(usd)} a million`
}

function savingName(saving: number | null, against: string): string {
  return saving !== null && saving < 0 ? `More expensive ${against}` : `Saved ${against}`
}

function formatSaving(saving: number | null): string {
  return saving === null ? 'nothing to save' : formatPercent(Math.abs(saving))
}

function compareInput(saving: number): string {
  const share = formatPercent(Math.abs(saving))
  if (share === '0 %') return 'As many input tokens as the whole documents'
  return `${share} ${saving < 0 ? 'more' : 'fewer'} input tokens than the whole documents`
}

function totalBytes(answer: Answer): number {
  return answer.results.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
}
