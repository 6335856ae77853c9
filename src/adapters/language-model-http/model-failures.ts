import { toPrintable } from '../../domain/content/printable.ts'
import { LoremeshError } from '../../domain/kernel/errors.ts'

const MAX_REASON_BYTES = 300
const MAX_BODY_CHARACTERS = 4096

/** Whom a request goes to, for saying what went wrong. */
export interface ModelAddress {
  readonly host: string
  readonly model: string
  readonly apiKey: string
}

/** What a provider's refusal means and what to do about it. `reason` is what the provider says itself, if anything. */
export function refusalOf(
  status: number,
  headers: Pick<Headers, 'get'>,
  reason: string,
  { host, model }: ModelAddress,
  nowMs: number,
): LoremeshError {
  const said = reason === '' ? '' : `: ${reason}`
  switch (status) {
    case 401:
      return new LoremeshError(
        'unauthorized',
        `${host} does not accept the key${said}`,
        'Check the key of the language model in Settings',
      )
    case 402:
      return new LoremeshError(
        'forbidden',
        `${host} wants to be paid first${said}`,
        'Check your account there',
      )
    case 403:
      return new LoremeshError(
        'forbidden',
        `${host} does not allow this${said}`,
        `Check that your account there may use “${model}” from a web page`,
      )
    case 404:
      return new LoremeshError(
        'not-found',
        `${host} has no model “${model}” at this address${said}`,
        'Check the model’s name and the address in Settings',
      )
    case 408:
    case 504:
      return new LoremeshError('timeout', `${host} took too long`, 'Try again')
    case 413:
      return new LoremeshError(
        'message-too-large',
        `${host} finds the passages too long${said}`,
        'Choose a model with a longer context',
      )
    case 429:
      return new LoremeshError(
        'rate-limited',
        `${host} allows no more requests now${said}`,
        retryHint(headers, nowMs),
      )
    default:
      return status >= 500
        ? new LoremeshError(
            'unavailable',
            `${host} failed with status ${status}${said}`,
            'Try again in a while, or choose another model',
          )
        : new LoremeshError(
            'bad-input',
            `${host} refused the request with status ${status}${said}`,
            'Check the model’s name and the address in Settings',
          )
  }
}

function retryHint(headers: Pick<Headers, 'get'>, nowMs: number): string {
  const given = headers.get('retry-after') ?? ''
  const seconds = /^\d{1,6}$/.test(given) ? Number(given) : Math.ceil((Date.parse(given) - nowMs) / 1000)
  if (!(seconds > 0)) return 'Try again in a while, or check your plan there'
  return seconds < 120 ? `Try again in ${seconds} seconds` : `Try again in ${Math.ceil(seconds / 60)} minutes`
}

/** What a provider says in the body of a refusal, in one line and without the key; empty when it says nothing. */
export async function reasonIn(response: Response, { apiKey }: ModelAddress): Promise<string> {
  const text = await readStart(response).catch(() => '')
  return withoutKey(messageIn(text), apiKey)
}

/** A text from a provider in one line, without the key that some repeat. */
export function withoutKey(text: string, apiKey: string): string {
  const clean = apiKey === '' ? text : text.replaceAll(apiKey, '(your key)')
  return toPrintable(clean, MAX_REASON_BYTES)
}

async function readStart(response: Response): Promise<string> {
  const reader = response.body?.getReader()
  if (reader === undefined) return ''
  const decoder = new TextDecoder()
  let text = ''
  while (text.length < MAX_BODY_CHARACTERS) {
    const { done, value } = await reader.read()
    if (done) break
    text += decoder.decode(value, { stream: true })
  }
  await reader.cancel()
  return text.slice(0, MAX_BODY_CHARACTERS)
}

/** The `error.message`, `error` or `message` of a JSON body. HTML pages of proxies say nothing that helps. */
function messageIn(text: string): string {
  try {
    const body: unknown = JSON.parse(text)
    const [first] = Array.isArray(body) ? (body as unknown[]) : [body]
    const error = field(first, 'error')
    const message = field(error, 'message') ?? error ?? field(first, 'message')
    return typeof message === 'string' ? message : ''
  } catch {
    return ''
  }
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined
}
