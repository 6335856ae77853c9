import type { ModelChoice, ModelProvider } from '../../domain/answer/model-choice.ts'
import { isLoremeshError, LoremeshError } from '../../domain/kernel/errors.ts'
import type { LanguageModel, ModelMessage } from '../../ports/language-model.ts'
import { anthropicWire } from './anthropic-wire.ts'
import { geminiWire } from './gemini-wire.ts'
import { reasonIn, refusalOf, withoutKey, type ModelAddress } from './model-failures.ts'
import type { ModelWire, WireEvent } from './model-wire.ts'
import { ollamaWire } from './ollama-wire.ts'
import { openaiWire } from './openai-wire.ts'
import { readEventData, readLines } from './stream-lines.ts'

const WIRES: Readonly<Record<Exclude<ModelProvider, 'browser'>, ModelWire>> = {
  openai: openaiWire,
  anthropic: anthropicWire,
  gemini: geminiWire,
  ollama: ollamaWire,
}

/** A model on the own machine may have to be loaded first. */
const SILENCE_MS = 120_000
/** Far more than an answer of 2048 tokens. */
const MAX_ANSWER_CHARACTERS = 200_000
/** What ends a stream of OpenAI's kind. */
const DONE = '[DONE]'

export interface HttpModelOptions {
  /** How long the provider may be silent, in milliseconds; 120,000 unless told. */
  readonly silenceMs?: number
  /** Where the page comes from, which the provider has to allow; null outside of pages. */
  readonly pageOrigin?: string | null
}

/** The language model of a checked choice, over HTTP. Every call is one request; it sends the key to the endpoint only. */
export function createHttpLanguageModel(
  choice: ModelChoice & { readonly provider: keyof typeof WIRES },
  options: HttpModelOptions = {},
): LanguageModel {
  const { silenceMs = SILENCE_MS, pageOrigin = null } = options
  const wire = WIRES[choice.provider]
  const address: ModelAddress = {
    host: new URL(choice.endpoint).host,
    model: choice.model,
    apiKey: choice.apiKey,
  }

  async function openBody(
    messages: readonly ModelMessage[],
    signal: AbortSignal,
  ): Promise<ReadableStream<Uint8Array>> {
    const { path, headers, body } = wire.toRequest(choice, messages)
    const response = await fetch(choice.endpoint + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
      signal,
      // The key is for this address alone: no cookies, no referrer, and nowhere else when the address moves.
      credentials: 'omit',
      referrerPolicy: 'no-referrer',
      redirect: 'error',
      cache: 'no-store',
    })
    if (!response.ok) {
      const reason = await reasonIn(response, address)
      throw refusalOf(response.status, response.headers, reason, address, Date.now())
    }
    if (response.body === null) throw badStream(address)
    return response.body
  }

  function readEvent(data: string): WireEvent {
    const event = wire.readEvent(parseJson(data, address))
    if (event === undefined) throw badStream(address)
    if (event.failure !== '') {
      const said = withoutKey(event.failure, address.apiKey)
      throw new LoremeshError('unavailable', `${address.host} broke off: ${said}`, 'Try again in a while')
    }
    return event
  }

  async function* run(messages: readonly ModelMessage[], watch: Watch): AsyncGenerator<string> {
    const lines = readLines(await openBody(messages, watch.signal))
    const events = wire.framing === 'server-sent-events' ? readEventData(lines) : lines
    let characters = 0
    let isAnswer = false
    for await (const data of events) {
      watch.heard()
      if (data.trim() === '') continue
      if (data.trim() === DONE) return
      isAnswer = true
      const { text, isEnd } = readEvent(data)
      characters += text.length
      if (characters > MAX_ANSWER_CHARACTERS) {
        throw new LoremeshError(
          'message-too-large',
          `${address.host} writes without end`,
          'Try another model',
        )
      }
      if (text !== '') yield text
      if (isEnd) return
    }
    // A web page, or an answer that is not streamed.
    if (!isAnswer) throw badStream(address)
    throw new LoremeshError('truncated', `The answer from ${address.host} broke off`, 'Try again')
  }

  return {
    async *stream(messages, signal) {
      signal?.throwIfAborted()
      const watch = watchSilence(signal, silenceMs)
      try {
        yield* run(messages, watch)
      } catch (error) {
        throw explain(error, {
          ...address,
          pageOrigin,
          isStopped: signal?.aborted === true,
          isSilent: watch.isSilent(),
        })
      } finally {
        watch.stop()
      }
    },
  }
}

/** Ends a request that nothing was heard of for too long. */
interface Watch {
  readonly signal: AbortSignal
  heard(): void
  isSilent(): boolean
  stop(): void
}

function watchSilence(stopped: AbortSignal | undefined, silenceMs: number): Watch {
  const silence = new AbortController()
  let timer = setTimeout(() => silence.abort(), silenceMs)
  return {
    signal: stopped === undefined ? silence.signal : AbortSignal.any([stopped, silence.signal]),
    heard() {
      clearTimeout(timer)
      timer = setTimeout(() => silence.abort(), silenceMs)
    },
    isSilent: () => silence.signal.aborted,
    stop: () => clearTimeout(timer),
  }
}

function parseJson(text: string, address: ModelAddress): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw badStream(address)
  }
}

function badStream({ host }: ModelAddress): LoremeshError {
  return new LoremeshError(
    'bad-encoding',
    `${host} answers in a way that this kind of provider does not`,
    'Check in Settings that the provider fits the address',
  )
}

function explain(
  error: unknown,
  about: ModelAddress & {
    readonly pageOrigin: string | null
    readonly isStopped: boolean
    readonly isSilent: boolean
  },
): LoremeshError {
  const { host, pageOrigin, isStopped, isSilent } = about
  if (isStopped) return new LoremeshError('aborted', 'The answer was stopped')
  if (isSilent)
    return new LoremeshError('timeout', `${host} says nothing`, 'Try again, or choose another model')
  if (isLoremeshError(error)) return error
  const allowed =
    pageOrigin === null
      ? ''
      : ` and allows requests from ${pageOrigin} (for Ollama: OLLAMA_ORIGINS=${pageOrigin})`
  return new LoremeshError(
    'not-connected',
    `${host} can’t be reached`,
    `Check that it runs, that the address is right${allowed}`,
  )
}
