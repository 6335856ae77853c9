import type { ModelChoice } from '../../domain/answer/model-choice.ts'
import type { ModelMessage } from '../../ports/language-model.ts'

/** A request to a provider. */
interface WireRequest {
  /** Below the endpoint, beginning with a slash. */
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: unknown
}

/** What one event of an answer says. */
export interface WireEvent {
  readonly text: string
  /** True for the event after which nothing is missing. */
  readonly isEnd: boolean
  /** What the provider says went wrong in the middle of the answer; empty otherwise. */
  readonly failure: string
}

/** How one kind of provider is spoken to. */
export interface ModelWire {
  readonly framing: 'server-sent-events' | 'json-lines'
  toRequest(choice: ModelChoice, messages: readonly ModelMessage[]): WireRequest
  /** The event in a parsed JSON value; undefined for a value that the provider should not have sent. */
  readEvent(value: unknown): WireEvent | undefined
}

/** The most tokens that an answer may have, for providers that must be told. */
export const MAX_OUTPUT_TOKENS = 2048

/** The instructions among the messages, and the rest. */
export function splitInstructions(messages: readonly ModelMessage[]): {
  readonly instructions: string
  readonly turns: readonly ModelMessage[]
} {
  return {
    instructions: messages
      .filter(({ role }) => role === 'system')
      .map(({ content }) => content)
      .join('\n\n'),
    turns: messages.filter(({ role }) => role !== 'system'),
  }
}
