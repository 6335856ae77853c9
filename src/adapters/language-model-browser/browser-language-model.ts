import { isLoremeshError, LoremeshError } from '../../domain/kernel/errors.ts'
import type { LanguageModel, ModelMessage } from '../../ports/language-model.ts'

/** The part used of the Prompt API (https://webmachinelearning.github.io/prompt-api/). */
export interface PromptApi {
  availability(): Promise<'unavailable' | 'downloadable' | 'downloading' | 'available'>
  create(options: {
    readonly initialPrompts: readonly ModelMessage[]
    readonly signal?: AbortSignal
  }): Promise<PromptSession>
}

interface PromptSession {
  promptStreaming(input: string, options: { readonly signal?: AbortSignal }): ReadableStream<string>
  destroy(): void
}

/** The browser's Prompt API among its globals; undefined where there is none. */
export function findPromptApi(globals: object): PromptApi | undefined {
  const found: unknown = Reflect.get(globals, 'LanguageModel')
  return isPromptApi(found) ? found : undefined
}

function isPromptApi(value: unknown): value is PromptApi {
  return (
    (typeof value === 'function' || typeof value === 'object') &&
    value !== null &&
    typeof Reflect.get(value, 'availability') === 'function' &&
    typeof Reflect.get(value, 'create') === 'function'
  )
}

/** The language model that is built into the browser: nothing leaves the device. */
export function createBrowserLanguageModel(api: PromptApi | undefined): LanguageModel {
  return {
    async *stream(messages, signal) {
      const given = signal === undefined ? {} : { signal }
      try {
        signal?.throwIfAborted()
        if (api === undefined) throw noModel('This browser has no language model')
        if ((await api.availability()) === 'unavailable') {
          throw noModel('The language model of this browser does not run on this device')
        }
        // One that has to be downloaded is, because the user chose it and has just asked for an answer.
        const session = await api.create({
          initialPrompts: messages.filter(({ role }) => role === 'system'),
          ...given,
        })
        try {
          const turns = messages.filter(({ role }) => role !== 'system').map(({ content }) => content)
          yield* readPieces(session.promptStreaming(turns.join('\n\n'), given))
        } finally {
          session.destroy()
        }
      } catch (error) {
        throw explain(error, signal?.aborted === true)
      }
    },
  }
}

async function* readPieces(stream: ReadableStream<string>): AsyncGenerator<string> {
  const reader = stream.getReader()
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      yield value
    }
  } finally {
    await reader.cancel().catch(() => undefined)
  }
}

function noModel(message: string): LoremeshError {
  return new LoremeshError(
    'unsupported',
    message,
    'Choose another provider in Settings; Ollama also runs on this device',
  )
}

function explain(error: unknown, isStopped: boolean): LoremeshError {
  if (isStopped) return new LoremeshError('aborted', 'The answer was stopped')
  if (isLoremeshError(error)) return error
  const name = error instanceof Error ? error.name : ''
  switch (name) {
    case 'QuotaExceededError':
      return new LoremeshError(
        'message-too-large',
        'The passages are too long for the browser’s own model',
        'Choose another provider in Settings',
      )
    case 'NotAllowedError':
    case 'InvalidStateError':
      return new LoremeshError(
        'not-ready',
        'The browser has not made its language model ready',
        'Press the button again; the first time it is downloaded',
      )
    default:
      return new LoremeshError('unavailable', 'The browser’s own language model failed', 'Try again', {
        cause: error,
      })
  }
}
