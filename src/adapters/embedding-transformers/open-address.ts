import { LoremeshError } from '../../domain/kernel/errors.ts'

export type Fetch = (address: string, init: RequestInit) => Promise<Response>

/** After this time without a byte a server counts as gone. */
const PATIENCE_MS = 30_000

/** An answer whose body comes piece by piece. */
export interface OpenAnswer {
  /** True when it begins where the request's range does. */
  readonly isPartial: boolean
  chunks(): AsyncGenerator<Uint8Array<ArrayBuffer>>
}

/**
 * Asks for an address without cookies or referrer. Throws `not-connected` when nobody answers or nothing comes any
 * more, `not-found`, and `aborted`.
 */
export async function openAddress(
  fetch: Fetch,
  address: string,
  headers: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<OpenAnswer> {
  const watch = watchSilence()
  const either = AbortSignal.any([signal, watch.signal])

  function explain(cause: unknown): LoremeshError {
    watch.stop()
    if (signal.aborted) return new LoremeshError('aborted', 'The download was stopped', '', { cause })
    return new LoremeshError(
      'not-connected',
      `${hostOf(address)} does not answer`,
      'Check the connection and continue',
      { cause },
    )
  }

  const response = await fetch(address, {
    headers,
    signal: either,
    cache: 'no-store',
    credentials: 'omit',
    referrerPolicy: 'no-referrer',
  }).catch((cause: unknown) => {
    throw explain(cause)
  })
  const { body } = response
  if (!response.ok || body === null) {
    watch.stop()
    await body?.cancel()
    throw refusalOf(address, response.status)
  }
  return {
    isPartial: response.status === 206,
    async *chunks() {
      const reader = body.getReader()
      try {
        for (let part = await reader.read(); !part.done; part = await reader.read()) {
          watch.heard()
          yield part.value
        }
      } catch (cause) {
        throw explain(cause)
      } finally {
        watch.stop()
        await reader.cancel().catch(() => undefined)
      }
    },
  }
}

/** The whole text at an address; throws `message-too-large` above `maxBytes`, and what `openAddress` throws. */
export async function readAddress(
  fetch: Fetch,
  address: string,
  maxBytes: number,
  signal: AbortSignal,
): Promise<string> {
  const answer = await openAddress(fetch, address, {}, signal)
  const decoder = new TextDecoder()
  let text = ''
  let size = 0
  for await (const chunk of answer.chunks()) {
    size += chunk.length
    if (size > maxBytes)
      throw new LoremeshError('message-too-large', `The answer of ${hostOf(address)} is too long`)
    text += decoder.decode(chunk, { stream: true })
  }
  return text + decoder.decode()
}

function refusalOf(address: string, status: number): LoremeshError {
  return status === 404 || status === 401 || status === 403
    ? new LoremeshError(
        'not-found',
        `${hostOf(address)} has no such model, or keeps it for itself (HTTP ${status})`,
        'Check the id',
      )
    : new LoremeshError('not-connected', `${hostOf(address)} answered HTTP ${status}`, 'Try again later')
}

function hostOf(address: string): string {
  return URL.canParse(address) ? new URL(address).host : 'The server of this app'
}

/** A signal that fires when nothing was heard for a while. */
function watchSilence(): { readonly signal: AbortSignal; heard(): void; stop(): void } {
  const controller = new AbortController()
  const start = () => setTimeout(() => controller.abort(), PATIENCE_MS)
  let timer = start()
  return {
    signal: controller.signal,
    heard() {
      clearTimeout(timer)
      timer = start()
    },
    stop: () => clearTimeout(timer),
  }
}
