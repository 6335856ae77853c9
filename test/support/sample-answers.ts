import { createMemoryContextStore } from '../../src/adapters/storage-memory/memory-context-store.ts'
import type { Context } from '../../src/domain/content/context.ts'
import { createAnswers, type Answers } from '../../src/peer/answers.ts'
import type { LanguageModel } from '../../src/ports/language-model.ts'
import { createManualClock } from './manual-clock.ts'
import { sampleAnswer } from './sample-answer.ts'
import { sampleContexts } from './sample-documents.ts'

const WRITTEN =
  'Restore one backup **every week** into an empty machine [1][2]:\n\n- compare the row counts of each table [1]\n- page whoever is on call [7]'

/** A language model that writes the same always. */
const sampleModel: LanguageModel = {
  async *stream() {
    await Promise.resolve()
    yield* WRITTEN.split(/(?<= )/)
  },
}

/** Answers from the sample's contexts by words alone, written by `model`. */
export function createSampleAnswers(model: LanguageModel = sampleModel): Answers {
  const contextStore = createMemoryContextStore()
  const bought = sampleAnswer('', 'both').results.map((result): Context => ({
    ...result,
    tags: [],
    startByte: 0,
    endByte: result.sizeBytes,
    addedAtMs: 0,
  }))
  // The store in memory has taken them when this returns.
  void contextStore.putContexts([...bought, ...sampleContexts], [])
  return createAnswers(
    {
      contextStore,
      embedder: { embed: () => Promise.reject(new Error('The sample has no vectors')) },
      tokenizer: { count: () => Promise.reject(new Error('The sample counts no tokens')) },
      clock: createManualClock(),
    },
    { openLanguageModel: () => model },
  )
}
