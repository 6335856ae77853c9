import { createMemoryQuestionLog } from '../../src/adapters/storage-memory/memory-question-log.ts'
import { utf8Length } from '../../src/domain/content/utf8.ts'
import { DEFAULT_PRICES } from '../../src/domain/economy/prices.ts'
import type { Judgement } from '../../src/domain/retrieval/precision.ts'
import { createQuestions, type Questions } from '../../src/peer/questions.ts'
import type { Tokenizer } from '../../src/ports/tokenizer.ts'
import { sampleAnswer } from './sample-answer.ts'

const HOUR_MS = 3_600_000

/** Counts a token for every five bytes. */
const sampleTokenizer: Tokenizer = {
  encoding: 'o200k_base',
  count: (texts) => Promise.resolve(texts.map((text) => Math.ceil(utf8Length(text) / 5))),
  close: () => undefined,
}

/** Keeps questions as long as the page is there; some were asked before, unless the peer is new. */
export function createSampleQuestions(isNew = false): Questions {
  const questionLog = createMemoryQuestionLog()
  const asked: readonly (readonly [string, Judgement])[] = isNew
    ? []
    : [
        ['How long are invoices kept?', 'helpful'],
        ['Who is on call in August?', 'outdated'],
      ]
  for (const [at, [question, judgement]] of asked.entries()) {
    const { usage, results } = sampleAnswer(question, 'both')
    const hashes = results.map(({ contextHash }) => contextHash)
    // The log in memory has taken it when this returns.
    void questionLog.put({
      id: String(at).padStart(32, '0'),
      question,
      askedAtMs: Date.now() - (at + 1) * HOUR_MS,
      usage,
      prices: DEFAULT_PRICES,
      results: hashes,
      judgements: new Map(hashes.slice(0, 1).map((hash) => [hash, judgement])),
    })
  }
  let made = 0
  return createQuestions({
    questionLog,
    contextStore: { getContexts: () => Promise.resolve([]), edgesTo: () => Promise.resolve([]) },
    tokenizer: sampleTokenizer,
    clock: { nowMs: () => Date.now() },
    randomness: { bytes: (length) => new Uint8Array(length).fill(++made) },
  })
}
