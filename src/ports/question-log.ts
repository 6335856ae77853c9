import type { QueryUsage } from '../domain/economy/cost.ts'
import type { Prices } from '../domain/economy/prices.ts'
import type { JudgedQuestion } from '../domain/retrieval/precision.ts'

/** A question that was answered, what it cost, and what the user says about its results. */
export interface KeptQuestion extends JudgedQuestion {
  /** 32 hexadecimal digits. */
  readonly id: string
  readonly usage: QueryUsage
  /** In force when it was asked. */
  readonly prices: Prices
}

/** The questions asked at this peer. They are for its user alone and never leave it. */
export interface QuestionLog {
  /** Adds a question, or replaces the one of that id. */
  put(question: KeptQuestion): Promise<void>
  get(id: string): Promise<KeptQuestion | undefined>
  /** The newest of exactly this text. */
  newestOf(question: string): Promise<KeptQuestion | undefined>
  /** All, newest first. */
  list(): Promise<readonly KeptQuestion[]>
  /** Quiet about what is not there. */
  remove(ids: readonly string[]): Promise<void>
  /** Removes the oldest until at most so many are left. */
  prune(keep: number): Promise<void>
}
