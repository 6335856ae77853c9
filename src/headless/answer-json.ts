import { queryCost, type QueryUsage } from '../domain/economy/cost.ts'
import { DEFAULT_PRICES } from '../domain/economy/prices.ts'
import type { LoremeshError } from '../domain/kernel/errors.ts'
import type { CitedAnswer, WrittenAnswer } from '../peer/answers.ts'
import type { Answer } from '../peer/peer.ts'

/** What a question found. */
export interface AnswerReport {
  readonly answer: Answer
  readonly cited: CitedAnswer
  readonly usage: QueryUsage
}

/** What a model made of it. */
export interface Writing {
  readonly model: string
  /** What came, also before a failure. */
  readonly written: WrittenAnswer
  readonly failure: LoremeshError | undefined
}

/** The value that `ask --json` prints; amounts are µT as decimal texts. */
export function answerToJson({ answer, cited, usage }: AnswerReport, writing: Writing | undefined): object {
  const { promptTokens, contextTokens, documentTokens, documents, estimatedDocuments, encoding } = usage
  return {
    results: answer.results.map(({ contextHash, title, text, score, provider, paid, transport, doubt }) => ({
      contextHash,
      title,
      text,
      score,
      provider,
      paidMicroTokens: paid.toString(),
      transport,
      ...(doubt === undefined ? {} : { doubt }),
    })),
    quotes: cited.quotes.map(({ n, text }) => ({ n, text })),
    citations: citationsOf(answer, cited),
    ...(writing === undefined ? {} : { written: writingToJson(writing) }),
    timings: answer.timings,
    cost: {
      promptTokens,
      contextInputTokens: contextTokens,
      fullInputTokens: documentTokens,
      documents,
      estimatedDocuments,
      encoding,
      paidMicroTokens: usage.paid.toString(),
      prices: DEFAULT_PRICES,
      ...queryCost(usage, DEFAULT_PRICES),
    },
    ...(answer.troubles.length === 0 ? {} : { troubles: answer.troubles }),
  }
}

/** What the numbers stand for; the text of those that are no result is found nowhere else. */
function citationsOf({ results }: Answer, { packed }: CitedAnswer): readonly object[] {
  return packed.passages.map(({ citation, text, signs }) => {
    const { n, contextHash, title, headingPath, documentHash, documentTitle, author } = citation
    return {
      n,
      contextHash,
      title,
      headingPath,
      documentHash,
      documentTitle,
      author,
      ...(signs.length === 0 ? {} : { warnings: signs }),
      ...(n > results.length ? { text } : {}),
    }
  })
}

function writingToJson({ model, written, failure }: Writing): object {
  const { text, unknownCitations } = written
  const error = failure && { code: failure.code, message: failure.message, hint: failure.hint }
  return { model, text, unknownCitations, ...(error === undefined ? {} : { error }) }
}
