import type { Context } from '../domain/content/context.ts'
import { utf8Length } from '../domain/content/utf8.ts'
import { estimateUsage, type QueryUsage } from '../domain/economy/cost.ts'
import type { PeerId } from '../domain/identity/account.ts'
import { sumTokens, ZERO_TOKENS } from '../domain/kernel/micro-tokens.ts'
import type { Doubt } from '../domain/retrieval/doubt.ts'
import type { AskResult } from './peer.ts'
import type { Retrieved } from './retrieve.ts'

/** A held context as a result; `retrieved` says how it came if that was just now. */
export function toResult(context: Context, score: number, retrieved: Retrieved | undefined): AskResult {
  const { contextHash, title, headingPath, documentHash, documentTitle, documentBytes } = context
  const { text, sizeBytes, origin, author } = context
  return {
    contextHash,
    title,
    headingPath,
    documentHash,
    documentTitle,
    documentBytes,
    text,
    sizeBytes,
    score,
    provider: retrieved?.provider ?? 'self',
    origin,
    author,
    paid: retrieved?.paid ?? ZERO_TOKENS,
    transport: retrieved === undefined ? 'local' : retrieved.transport === 'webrtc' ? 'webrtc' : 'relay',
  }
}

/** The result with those who offered it, too, each once. */
export function withSources(result: AskResult, offeredBy: readonly PeerId[]): AskResult {
  const others = [...new Set(offeredBy)].filter((peerId) => peerId !== result.provider)
  return others.length === 0 ? result : { ...result, alsoFrom: others }
}

/** The result with what speaks against it, if anything does. */
export function withDoubt(result: AskResult, doubt: Doubt | undefined): AskResult {
  return doubt === undefined ? result : { ...result, doubt }
}

/** What the results would send to a language model, against the whole documents they come from, each counted once. */
export function usageOf(question: string, results: readonly AskResult[]): QueryUsage {
  const documents = new Map(results.map((result) => [result.documentHash, result.documentBytes]))
  return estimateUsage({
    question: utf8Length(question),
    contexts: results.map((result) => result.sizeBytes),
    documents: [...documents.values()],
    paid: sumTokens(results.map((result) => result.paid)),
  })
}
