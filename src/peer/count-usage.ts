import { labelPassages } from '../domain/answer/label-passages.ts'
import { packPassages } from '../domain/answer/pack-passages.ts'
import { promptText } from '../domain/answer/prompt.ts'
import type { ContextHash } from '../domain/content/context-hash.ts'
import type { Context } from '../domain/content/context.ts'
import { utf8Length } from '../domain/content/utf8.ts'
import type { QueryUsage } from '../domain/economy/cost.ts'
import { MAX_MICRO_TOKENS, ZERO_TOKENS } from '../domain/kernel/micro-tokens.ts'
import type { ContextStore } from '../ports/context-store.ts'
import type { Tokenizer } from '../ports/tokenizer.ts'

/** A longer document is estimated: counting a megabyte takes a third of a second. */
const MAX_COUNTED_BYTES = 2 ** 20
/** Between two passages of a document there are at most so many bytes of white space; more is text that is not held. */
const MAX_GAP_BYTES = 8
/** Counts that are remembered: whole documents come up with many questions. */
const MAX_REMEMBERED = 500

/** What a question found. */
export interface AnsweredQuestion {
  readonly question: string
  /** Best first. */
  readonly results: readonly Pick<Context, 'contextHash' | 'text' | 'documentHash' | 'documentBytes'>[]
  /** Estimated. */
  readonly usage: QueryUsage
}

/** Counts the model tokens of answers. */
export interface UsageCounter {
  /** Counts what an answer's usage estimates. Throws what the tokenizer and the store do. */
  count(answer: AnsweredQuestion): Promise<QueryUsage>
}

/**
 * Creates a counter. A document that is held whole is counted as its passages with line breaks between them; the tokens of
 * any other are its bytes by the tokens a byte of this answer's passages.
 */
export function createUsageCounter({
  contextStore,
  tokenizer,
}: {
  readonly contextStore: Pick<ContextStore, 'getContexts' | 'edgesTo'>
  readonly tokenizer: Tokenizer
}): UsageCounter {
  const remembered = new Map<ContextHash, number>()

  /** Tokens of a document; undefined when it is not held whole, or too large. */
  async function countDocument(
    documentHash: ContextHash,
    documentBytes: number,
  ): Promise<number | undefined> {
    const known = remembered.get(documentHash)
    if (known !== undefined || documentBytes > MAX_COUNTED_BYTES) return known
    const edges = await contextStore.edgesTo(documentHash)
    const parts = edges.flatMap(({ kind, from }) => (kind === 'PART_OF' ? [from as ContextHash] : []))
    const contexts = await contextStore.getContexts(parts)
    const text = wholeText(
      contexts.filter((context) => context.documentHash === documentHash),
      documentBytes,
    )
    if (text === undefined) return undefined
    const [tokens = 0] = await tokenizer.count([text])
    remembered.set(documentHash, tokens)
    const [oldest] = remembered.keys()
    if (remembered.size > MAX_REMEMBERED && oldest !== undefined) remembered.delete(oldest)
    return tokens
  }

  return {
    async count({ question, results, usage }) {
      const contexts = await contextStore.getContexts(results.map(({ contextHash }) => contextHash))
      const labelled = labelPassages(
        question,
        contexts.map((context) => ({ context, score: 1, price: ZERO_TOKENS })),
      )
      const packed = packPassages(labelled, {
        tokens: [],
        tokenBudget: Infinity,
        spendBudget: MAX_MICRO_TOKENS,
      })
      const texts = results.map(({ text }) => text)
      const [whole = 0, ...passages] = await tokenizer.count([promptText(question, packed), ...texts])
      const tokensOf = new Map(results.map(({ contextHash }, at) => [contextHash, passages[at] ?? 0]))
      const contextTokens = sum(passages)
      const tokensPerByte = contextTokens / Math.max(1, sum(texts.map((text) => utf8Length(text))))
      const inPrompt = sum(packed.passages.map(({ citation }) => tokensOf.get(citation.contextHash) ?? 0))

      const documents = new Map(results.map((result) => [result.documentHash, result.documentBytes]))
      let documentTokens = 0
      let estimatedDocuments = 0
      for (const [documentHash, documentBytes] of documents) {
        const counted = await countDocument(documentHash, documentBytes)
        if (counted === undefined) estimatedDocuments += 1
        documentTokens += counted ?? Math.round(documentBytes * tokensPerByte)
      }
      return {
        promptTokens: Math.max(0, whole - inPrompt),
        contextTokens,
        documentTokens,
        documents: documents.size,
        estimatedDocuments,
        encoding: tokenizer.encoding,
        paid: usage.paid,
      }
    },
  }
}

/** A document's text of all its passages; undefined when some are missing. */
function wholeText(parts: readonly Context[], documentBytes: number): string | undefined {
  let text = ''
  let at = 0
  for (const { startByte, endByte, text: part } of [...parts].sort((a, b) => a.startByte - b.startByte)) {
    const gap = startByte - at
    if (gap < 0 || gap > MAX_GAP_BYTES) return undefined
    text += '\n'.repeat(gap) + part
    at = endByte
  }
  const end = documentBytes - at
  return end >= 0 && end <= MAX_GAP_BYTES && at > 0 ? text + '\n'.repeat(end) : undefined
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}
