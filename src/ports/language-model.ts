import type { ModelChoice } from '../domain/answer/model-choice.ts'

/** A turn of a conversation with a language model. */
export interface ModelMessage {
  readonly role: 'system' | 'user'
  readonly content: string
}

/** A language model that writes. */
export interface LanguageModel {
  /**
   * What the model writes to the messages, piece by piece as it comes. Throws `unauthorized`, `forbidden`, `not-found`
   * (no such model), `rate-limited`, `unavailable`, `not-connected`, `timeout`, `message-too-large`, `bad-encoding`,
   * `truncated`, `unsupported`, `not-ready`, `bad-input` or `aborted`, each with a sentence that says what to do.
   */
  stream(messages: readonly ModelMessage[], signal?: AbortSignal): AsyncIterable<string>
}

/** Gives the model of a checked choice. Throws `unsupported` where this environment has none of that kind. */
export type OpenLanguageModel = (choice: ModelChoice) => LanguageModel
