import { isLoremeshError } from '../../../domain/kernel/errors.ts'
import { parseTokens } from '../../../domain/kernel/micro-tokens.ts'
import type { Answer, AskProgress, AskResult, AskScope, Peer } from '../../../peer/peer.ts'
import { toProblem } from '../../problem.ts'
import type { Settings } from '../../settings.ts'
import type { Problem } from '../../shell.ts'
import type { Toasts } from '../../toasts.svelte.ts'
import { AnswerModel } from './answer-model.svelte.ts'
import { QuestionModel } from './question-model.svelte.ts'

export type AskPhase = 'idle' | 'running' | 'answered' | 'stopped' | 'failed'

/** One question and what came of it so far. */
export class AskModel {
  question = $state('')
  /** Only contexts with all of these tags answer. */
  tags = $state.raw<readonly string[]>([])
  phase = $state<AskPhase>('idle')
  /** The question that the results answer. */
  askedQuestion = $state('')
  stage = $state<AskProgress['stage']>('searching')
  message = $state('')
  results = $state.raw<readonly AskResult[]>([])
  answer = $state.raw<Answer | null>(null)
  problem = $state.raw<Problem | null>(null)
  /** True while the user is asked whether questions may go to other peers. */
  consentOpen = $state(false)

  /** What answers the question, from the results. */
  readonly answering: AnswerModel
  /** What is kept of the question. */
  readonly asked: QuestionModel

  readonly #peer: Pick<Peer, 'ask'>
  readonly #settings: Settings
  #running: AbortController | undefined
  /** The own library's answer while consent is asked; kept if it remains the only one, as a question is kept once. */
  #undecided: Answer | null = null

  constructor(peer: Pick<Peer, 'ask' | 'answers' | 'questions'>, settings: Settings, toasts: Toasts) {
    this.answering = new AnswerModel(peer.answers)
    this.asked = new QuestionModel(peer.questions, toasts)
    this.#peer = peer
    this.#settings = settings
  }

  /**
   * Asks the question in the chosen scope. Before the first question to the network the own library answers at once,
   * while the user is asked for consent.
   */
  async ask(): Promise<void> {
    if (this.question.trim() === '') return
    const { scope, networkConsent } = this.#settings.get()
    if (scope === 'library' || networkConsent) return this.#run(scope)
    this.consentOpen = true
    if (scope === 'both') return this.#run('library')
  }

  /** Asks an example. */
  askExample(question: string): Promise<void> {
    this.question = question
    return this.ask()
  }

  /** Consent given: the question goes to the network too, now and from now on. */
  allowNetwork(maxTokensPerQuestion: number): Promise<void> {
    this.#settings.change({ networkConsent: true, maxTokensPerQuestion })
    this.consentOpen = false
    return this.ask()
  }

  /** Consent refused: this and later questions stay in the own library. */
  onlyLibrary(): Promise<void> {
    const before = this.#settings.get().scope
    this.#settings.change({ scope: 'library' })
    if (before !== 'both') {
      this.consentOpen = false
      return this.ask()
    }
    this.postponeConsent()
    return Promise.resolve()
  }

  /** No decision: nothing goes out, and the next question to the network asks again. */
  postponeConsent(): void {
    this.consentOpen = false
    if (this.#undecided !== null) this.#keep(this.#undecided)
    this.#undecided = null
  }

  /** Ends a running question and keeps what came. */
  stop(): void {
    this.#running?.abort()
  }

  async #run(scope: AskScope): Promise<void> {
    this.#running?.abort()
    const running = new AbortController()
    this.#running = running
    const question = this.question.trim()
    this.phase = 'running'
    this.askedQuestion = question
    this.stage = 'searching'
    this.message = 'Searching'
    this.results = []
    this.answer = null
    this.#undecided = null
    this.problem = null
    this.answering.clear()
    this.asked.clear()
    try {
      const answer = await this.#peer.ask(question, {
        scope,
        maxTokenCost: parseTokens(String(this.#settings.get().maxTokensPerQuestion)),
        tags: this.tags,
        signal: running.signal,
        onProgress: (progress) => {
          if (this.#running === running) this.#show(progress)
        },
      })
      if (this.#running !== running) return
      this.answer = answer
      this.results = answer.results
      this.phase = 'answered'
      if (answer.results.length > 0) {
        void this.answering.cite(answer, this.#settings.get().maxTokensPerQuestion)
        if (this.consentOpen) this.#undecided = answer
        else this.#keep(answer)
      }
    } catch (error) {
      if (this.#running !== running) return
      this.phase = isLoremeshError(error, 'aborted') || running.signal.aborted ? 'stopped' : 'failed'
      if (this.phase === 'failed') this.problem = toProblem(error)
    }
  }

  #keep(answer: Answer): void {
    void this.asked.keep(answer, this.#settings.get().prices)
  }

  #show(progress: AskProgress): void {
    this.stage = progress.stage
    this.message = progress.message
    this.results = progress.results
  }
}
