import { citedNumbers } from '../domain/answer/written-answer.ts'
import { shortPeerId } from '../domain/identity/account.ts'
import { formatTokens } from '../domain/kernel/micro-tokens.ts'
import { doubtText } from '../domain/retrieval/doubt.ts'
import type { CitedAnswer, WrittenAnswer } from '../peer/answers.ts'
import type { AskResult, AskTrouble } from '../peer/peer.ts'
import type { AnswerReport } from './answer-json.ts'
import { countOf } from './count-of.ts'
import { toTerminalText } from './terminal-text.ts'

/** What answers in the passages' own words, a quote a line. */
export function quotesToText({ quotes, packed }: CitedAnswer): string {
  if (packed.passages.length === 0) return 'Nothing was found.'
  if (quotes.length === 0) return 'No passage answers this in its own words.'
  return quotes
    .map(({ n, text }) => `“${toTerminalText(text).replace(/\s+/g, ' ').trim()}” [${n}]`)
    .join('\n')
}

/** Each passage that was found, with its number and where it comes from. */
export function passagesToText({ answer }: AnswerReport): readonly string[] {
  return answer.results.map(
    (result, at) => `[${at + 1}] ${result.title} (${sourceOf(result)})\n${toTerminalText(result.text)}`,
  )
}

/** What a written answer cites, a line each, and a warning of what it cites though there is no such passage. */
export function citationsToText({ answer, cited }: AnswerReport, written: WrittenAnswer): readonly string[] {
  const numbers = new Set(citedNumbers(written.blocks))
  const lines = cited.packed.passages
    .filter(({ citation }) => numbers.has(citation.n))
    .map(({ citation: { n, title, documentTitle } }) => {
      const result = answer.results[n - 1]
      const place = title.includes(documentTitle) ? title : `${documentTitle} › ${title}`
      return `[${n}] ${place} (${result === undefined ? 'beside another passage' : sourceOf(result)})`
    })
  const unknown = written.unknownCitations.map((n) => `[${n}]`).join(', ')
  return [
    ...(lines.length === 0 ? [] : [lines.join('\n')]),
    ...(unknown === '' ? [] : [`! The model cites passages that it was not given: ${unknown}`]),
  ]
}

/** What did not work, and what the question cost. */
export function summaryToText({ answer, usage }: AnswerReport): string {
  const summary = [
    countOf(answer.results.length, 'context'),
    `${formatTokens(usage.paid)} tokens`,
    `${Math.round(answer.timings.totalMs)} ms`,
    ...(answer.results.length === 0 ? [] : [tokensToText(usage)]),
  ].join(' · ')
  return [...answer.troubles.map(troubleToText), summary].join('\n\n')
}

function tokensToText({ contextTokens, documentTokens }: AnswerReport['usage']): string {
  return `${contextTokens.toLocaleString('en')} instead of ${documentTokens.toLocaleString('en')} input tokens`
}

function sourceOf({ provider, paid, doubt }: AskResult): string {
  const source = `from ${provider === 'self' ? 'you' : shortPeerId(provider)}, ${formatTokens(paid)} tokens`
  return doubt === undefined ? source : `${source}; ${doubtText(doubt)}`
}

function troubleToText({ provider, message, hint }: AskTrouble): string {
  const who = provider === null ? '' : `Peer ${shortPeerId(provider)}: `
  return `! ${who}${message}${hint === '' ? '' : `. ${hint}`}`
}
