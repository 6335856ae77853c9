import type { Quote } from '../../../domain/answer/citation.ts'
import type { ModelChoice } from '../../../domain/answer/model-choice.ts'
import { isLoremeshError } from '../../../domain/kernel/errors.ts'
import { parseTokens } from '../../../domain/kernel/micro-tokens.ts'
import type { Answers, CitedAnswer, WrittenAnswer } from '../../../peer/answers.ts'
import type { Answer } from '../../../peer/peer.ts'
import { toProblem } from '../../problem.ts'
import type { Problem } from '../../shell.ts'

export type WritingPhase = 'idle' | 'writing' | 'written' | 'stopped' | 'failed'

/** What answers one question: quotes at once, and what a language model writes when it is asked to. */
export class AnswerModel {
  cited = $state.raw<CitedAnswer | null>(null)
  written = $state.raw<WrittenAnswer | null>(null)
  phase = $state<WritingPhase>('idle')
  problem = $state.raw<Problem | null>(null)

  readonly #answers: Answers
  #running: AbortController | undefined

  constructor(answers: Answers) {
    this.#answers = answers
  }

  /** Forgets the answer before. */
  clear(): void {
    this.#running?.abort()
    this.#running = undefined
    this.cited = null
    this.written = null
    this.phase = 'idle'
    this.problem = null
  }

  /** Quotes what answers in the results. Where that fails, the results are there still. */
  async cite(answer: Answer, maxTokens: number): Promise<void> {
    this.clear()
    const running = new AbortController()
    this.#running = running
    try {
      const spendBudget = parseTokens(String(maxTokens))
      const cited = await this.#answers.cite(answer, { spendBudget, signal: running.signal })
      if (this.#running === running) this.cited = cited
    } catch (error) {
      if (this.#running === running && !running.signal.aborted) this.problem = toProblem(error)
    }
  }

  /** Has a language model write the answer. */
  async write(choice: ModelChoice): Promise<void> {
    const { cited } = this
    if (cited === null) return
    this.#running?.abort()
    const running = new AbortController()
    this.#running = running
    this.written = null
    this.problem = null
    this.phase = 'writing'
    try {
      await this.#answers.write(cited, choice, {
        signal: running.signal,
        onText: (written) => {
          if (this.#running === running) this.written = written
        },
      })
      if (this.#running === running) this.phase = 'written'
    } catch (error) {
      if (this.#running !== running) return
      const isStopped = running.signal.aborted || isLoremeshError(error, 'aborted')
      this.phase = isStopped ? 'stopped' : 'failed'
      if (!isStopped) this.problem = toProblem(error)
    }
  }

  /** Ends the writing and keeps what came. */
  stop(): void {
    this.#running?.abort()
  }

  /** Asks a language model for a word. Throws why it doesn't give one. */
  tryModel(choice: ModelChoice, signal: AbortSignal): Promise<string> {
    return this.#answers.tryModel(choice, signal)
  }

  /** The best quote from the passage with this number. */
  quoteOf(n: number): Quote | undefined {
    return this.cited?.quotes.find((quote) => quote.n === n)
  }
}
