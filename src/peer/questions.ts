import type { ContextHash } from '../domain/content/context-hash.ts'
import type { QueryUsage } from '../domain/economy/cost.ts'
import type { Prices } from '../domain/economy/prices.ts'
import { bytesToHexText } from '../domain/kernel/bytes.ts'
import { LoremeshError } from '../domain/kernel/errors.ts'
import { lastJudgements } from '../domain/retrieval/doubt.ts'
import { JUDGEMENTS, type Judgement } from '../domain/retrieval/precision.ts'
import type { Clock } from '../ports/clock.ts'
import type { ContextStore } from '../ports/context-store.ts'
import type { KeptQuestion, QuestionLog } from '../ports/question-log.ts'
import type { Randomness } from '../ports/randomness.ts'
import type { Tokenizer } from '../ports/tokenizer.ts'
import { createUsageCounter, type AnsweredQuestion } from './count-usage.ts'

export type { KeptQuestion }

/** The oldest are forgotten beyond this many. */
const MAX_KEPT = 5_000
const ID_BYTES = 16

/** The questions asked at this peer, with what they cost and what the user says about the results; all stays here. */
export interface Questions {
  /** Counts the model tokens of an answer; when that fails, its usage stays the estimate that it was. */
  count(answer: AnsweredQuestion): Promise<QueryUsage>
  /**
   * Keeps a question, with `usage` as counted. What was said about results of the same question before holds on. Throws
   * `storage-full`.
   */
  keep(answer: AnsweredQuestion, usage: QueryUsage, prices: Prices): Promise<KeptQuestion>
  /** Notes or changes what the user says about a result, or takes it back with null. Throws `not-found` and `bad-input`. */
  judge(id: string, contextHash: ContextHash, judgement: Judgement | null): Promise<KeptQuestion>
  /** What the user said of each result last, over all kept questions. */
  lastJudgements(): Promise<ReadonlyMap<ContextHash, Judgement>>
  /** All, newest first. */
  list(): Promise<readonly KeptQuestion[]>
  /** Forgets questions with what was said about their results; quiet about what is not there. */
  forget(ids: readonly string[]): Promise<void>
}

/** Creates what keeps questions. */
export function createQuestions(components: {
  readonly questionLog: QuestionLog
  readonly contextStore: Pick<ContextStore, 'getContexts' | 'edgesTo'>
  readonly tokenizer: Tokenizer
  readonly clock: Pick<Clock, 'nowMs'>
  readonly randomness: Randomness
}): Questions {
  const { questionLog, clock, randomness } = components
  const counter = createUsageCounter(components)
  /** Read once after each change. */
  let judgementsByContext: Promise<ReadonlyMap<ContextHash, Judgement>> | undefined
  /** One change after another, so that none overwrites what it did not read. */
  let judging: Promise<unknown> = Promise.resolve()

  async function change(
    id: string,
    contextHash: ContextHash,
    judgement: Judgement | null,
  ): Promise<KeptQuestion> {
    const kept = await questionLog.get(id)
    if (kept === undefined)
      throw new LoremeshError('not-found', 'This question was forgotten', 'Ask it again')
    if (!kept.results.includes(contextHash) || (judgement !== null && !JUDGEMENTS.includes(judgement))) {
      throw new LoremeshError('bad-input', 'This is no judgement of a result of this question')
    }
    const judgements = new Map(kept.judgements)
    if (judgement === null) judgements.delete(contextHash)
    else judgements.set(contextHash, judgement)
    const changed = { ...kept, judgements }
    await questionLog.put(changed)
    judgementsByContext = undefined
    return changed
  }

  return {
    count: (answer) => counter.count(answer).catch(() => answer.usage),
    async keep({ question, results: found }, usage, prices) {
      const results = found.map(({ contextHash }) => contextHash)
      const earlier = await questionLog.newestOf(question)
      const judgements = new Map(
        [...(earlier?.judgements ?? [])].filter(([contextHash]) => results.includes(contextHash)),
      )
      const id = bytesToHexText(randomness.bytes(ID_BYTES))
      const kept: KeptQuestion = {
        id,
        question,
        askedAtMs: clock.nowMs(),
        usage,
        prices,
        results,
        judgements,
      }
      await questionLog.put(kept)
      await questionLog.prune(MAX_KEPT)
      return kept
    },
    judge(id, contextHash, judgement) {
      const changed = judging.then(() => change(id, contextHash, judgement))
      judging = changed.catch(() => undefined)
      return changed
    },
    lastJudgements() {
      judgementsByContext ??= questionLog
        .list()
        .then(lastJudgements)
        .catch((error: unknown) => {
          judgementsByContext = undefined
          throw error
        })
      return judgementsByContext
    },
    list: questionLog.list,
    async forget(ids) {
      await questionLog.remove(ids)
      judgementsByContext = undefined
    },
  }
}
