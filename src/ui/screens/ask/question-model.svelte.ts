import { SvelteSet } from 'svelte/reactivity'
import type { ContextHash } from '../../../domain/content/context-hash.ts'
import type { QueryUsage } from '../../../domain/economy/cost.ts'
import type { Prices } from '../../../domain/economy/prices.ts'
import type { Judgement } from '../../../domain/retrieval/precision.ts'
import type { Answer } from '../../../peer/peer.ts'
import type { KeptQuestion, Questions } from '../../../peer/questions.ts'
import { formatPlural } from '../../format.ts'
import { toProblem } from '../../problem.ts'
import { removeWithUndo } from '../../remove-with-undo.ts'
import type { Problem } from '../../shell.ts'
import type { Toasts } from '../../toasts.svelte.ts'

/** What is kept of the question on the screen, and of all before. */
export class QuestionModel {
  /** Counted; null until it is. */
  usage = $state.raw<QueryUsage | null>(null)
  /** Null until it is kept, and once it is forgotten: then nothing can be said about its results. */
  kept = $state.raw<KeptQuestion | null>(null)
  /** All, newest first; null until they are read. */
  list = $state.raw<readonly KeptQuestion[] | null>(null)
  problem = $state.raw<Problem | null>(null)

  /** Those that are being forgotten, which can still be undone; the list leaves them out. */
  readonly forgetting = new SvelteSet<string>()

  readonly #questions: Questions
  readonly #toasts: Toasts
  /** Changes with each answer, so that what comes late is told from what is wanted. */
  #answer: Answer | null = null

  constructor(questions: Questions, toasts: Toasts) {
    this.#questions = questions
    this.#toasts = toasts
  }

  clear(): void {
    this.#answer = null
    this.usage = null
    this.kept = null
    this.problem = null
  }

  /** Counts and keeps an answered question. */
  keep(answer: Answer, prices: Prices): Promise<void> {
    this.clear()
    this.#answer = answer
    return this.#try(async () => {
      const usage = await this.#questions.count(answer)
      const isShown = (): boolean => this.#answer === answer
      if (isShown()) this.usage = usage
      const kept = await this.#questions.keep(answer, usage, prices)
      if (isShown()) this.kept = kept
    })
  }

  /** Notes what the user says about a result; null takes it back. */
  judge(contextHash: ContextHash, judgement: Judgement | null): Promise<void> {
    const { kept } = this
    if (kept === null) return Promise.resolve()
    return this.#try(async () => {
      const changed = await this.#questions.judge(kept.id, contextHash, judgement)
      if (this.kept?.id === changed.id) this.kept = changed
    })
  }

  read(): Promise<void> {
    return this.#try(async () => {
      this.list = await this.#questions.list()
    })
  }

  /** Takes questions off the list and forgets them for good, with what was said, after ten seconds without Undo. */
  forget(ids: readonly string[]): void {
    removeWithUndo(this.#toasts, {
      ids,
      hidden: this.forgetting,
      message:
        ids.length === 1
          ? 'The question is forgotten.'
          : `${formatPlural(ids.length, 'question')} are forgotten.`,
      remove: () => this.#forget(ids),
    })
  }

  #forget(ids: readonly string[]): Promise<void> {
    return this.#try(async () => {
      await this.#questions.forget(ids)
      if (this.kept !== null && ids.includes(this.kept.id)) this.kept = null
      await this.read()
    })
  }

  async #try(step: () => Promise<void>): Promise<void> {
    try {
      this.problem = null
      await step()
    } catch (error) {
      this.problem = toProblem(error)
    }
  }
}
