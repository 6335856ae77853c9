import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createHttpLanguageModel } from '../../src/adapters/language-model-http/http-language-model.ts'
import type { ModelProvider } from '../../src/domain/answer/model-choice.ts'
import type { LoremeshError } from '../../src/domain/kernel/errors.ts'
import type { LanguageModel } from '../../src/ports/language-model.ts'
import { sendAnswer, SERVED_WIRES, startModelServer, type ModelServer } from '../support/model-server.ts'

const MESSAGES = [
  { role: 'system', content: 'Be brief.' },
  { role: 'user', content: 'Why is the sky blue?' },
] as const
const KEY = 'sk-secret-0123456789'

async function readAll(model: LanguageModel, signal?: AbortSignal): Promise<string[]> {
  const pieces: string[] = []
  for await (const piece of model.stream(MESSAGES, signal)) pieces.push(piece)
  return pieces
}

async function failureOf(reading: Promise<unknown>): Promise<LoremeshError> {
  return reading.then(
    () => Promise.reject(new Error('It did not fail')),
    (error: unknown) => error as LoremeshError,
  )
}

/** What every language model over HTTP does, whatever its provider's wire is. */
export function describeLanguageModel(
  provider: Exclude<ModelProvider, 'browser'>,
  expected: { readonly path: string; readonly keyHeader: string; readonly keyValue: string },
): void {
  const wire = SERVED_WIRES[provider]

  describe(`a language model of the kind ${provider}`, () => {
    let server: ModelServer
    let model: LanguageModel

    beforeEach(async () => {
      server = await startModelServer((_request, response) =>
        sendAnswer(wire, ['It ', 'scatters', ' 🌤.'], response),
      )
      model = createHttpLanguageModel({ provider, endpoint: server.origin, model: 'tiny', apiKey: KEY })
    })
    afterEach(() => server.close())

    it('streams the answer piece by piece', async () => {
      expect(await readAll(model)).toEqual(['It ', 'scatters', ' 🌤.'])
    })

    it('sends question, instructions, model and key as the provider wants them', async () => {
      await readAll(model)
      const [request] = server.requests
      expect(request?.path).toBe(expected.path)
      expect(request?.headers[expected.keyHeader]).toBe(expected.keyValue)
      const sent = JSON.stringify(request?.body)
      expect(sent).toContain('Why is the sky blue?')
      expect(sent).toContain('Be brief.')
      expect(sent + (request?.path ?? '')).toContain('tiny')
      expect(sent).not.toContain(KEY)
    })

    it('puts together what arrives byte by byte', async () => {
      server.respond = (_request, response) => {
        response.writeHead(200, { 'content-type': wire.contentType })
        const bytes = Buffer.from(
          (wire.piece('blü') + wire.piece('e 🌈') + wire.end()).replaceAll('\n', '\r\n'),
        )
        const writeNext = (at: number): void => {
          if (at === bytes.length) response.end()
          else response.write(bytes.subarray(at, at + 1), () => setImmediate(writeNext, at + 1))
        }
        writeNext(0)
      }
      expect((await readAll(model)).join('')).toBe('blüe 🌈')
    })

    it('stops when it is told to, and so does the provider', async () => {
      server.respond = (_request, response) => {
        response.writeHead(200, { 'content-type': wire.contentType })
        response.write(wire.piece('first'))
      }
      const stopping = new AbortController()
      const failure = await failureOf(
        (async () => {
          for await (const piece of model.stream(MESSAGES, stopping.signal)) {
            expect(piece).toBe('first')
            stopping.abort()
          }
        })(),
      )
      expect(failure.code).toBe('aborted')
      await server.whenAbandoned
    })

    it.each([
      [401, 'unauthorized', /key/],
      [403, 'forbidden', /account/],
      [404, 'not-found', /name/],
      [413, 'message-too-large', /longer context/],
      [429, 'rate-limited', /in 7 seconds/],
      [500, 'unavailable', /Try again/],
      [529, 'unavailable', /Try again/],
      [400, 'bad-input', /Check/],
    ] as const)('explains status %i and never shows the key', async (status, code, hint) => {
      server.respond = (_request, response) => {
        response.writeHead(status, { 'content-type': 'application/json', 'retry-after': '7' })
        response.end(JSON.stringify({ error: { message: `No\nluck with ${KEY}` } }))
      }
      const failure = await failureOf(readAll(model))
      expect(failure).toMatchObject({ name: 'LoremeshError', code })
      expect(failure.hint).toMatch(hint)
      expect(failure.message).toContain('127.0.0.1')
      expect(failure.message + failure.hint).not.toContain(KEY)
      if (code !== 'unavailable') expect(failure.message).toContain('No luck with (your key)')
    })

    it('explains a server that is not there, and what a page needs of it', async () => {
      await server.close()
      const inPage = createHttpLanguageModel(
        { provider, endpoint: server.origin, model: 'tiny', apiKey: '' },
        { pageOrigin: 'https://mesh.example' },
      )
      expect(await failureOf(readAll(model))).toMatchObject({ code: 'not-connected' })
      expect((await failureOf(readAll(inPage))).hint).toContain('allows requests from https://mesh.example')
      server = await startModelServer(() => undefined)
    })

    it('explains an answer that is no answer, breaks off, never ends or says nothing', async () => {
      const failureWith = async (text: string, options = {}): Promise<string> => {
        server.respond = (_request, response) => {
          response.writeHead(200, { 'content-type': wire.contentType })
          if ('silenceMs' in options) response.write(text)
          else response.end(text)
        }
        const choice = { provider, endpoint: server.origin, model: 'tiny', apiKey: KEY }
        return (await failureOf(readAll(createHttpLanguageModel(choice, options)))).code
      }
      const line =
        provider === 'ollama' ? (data: string) => `${data}\n` : (data: string) => `data: ${data}\n\n`
      expect(await failureWith(line('<html>'))).toBe('bad-encoding')
      expect(await failureWith(line('"text"'))).toBe('bad-encoding')
      if (provider !== 'ollama') expect(await failureWith('<html>no events</html>')).toBe('bad-encoding')
      expect(await failureWith(line('x'.repeat(300_000)))).toBe('bad-encoding')
      expect(await failureWith(wire.piece('so '))).toBe('truncated')
      expect(await failureWith(wire.piece('y'.repeat(100_000)).repeat(3))).toBe('message-too-large')
      expect(await failureWith(wire.piece('so '), { silenceMs: 50 })).toBe('timeout')
    })

    it('never follows to another address, where the key would go too', async () => {
      const other = await startModelServer((_request, response) => sendAnswer(wire, ['stolen'], response))
      server.respond = (_request, response) => {
        response.writeHead(307, { location: `${other.origin}/` }).end()
      }
      expect(await failureOf(readAll(model))).toMatchObject({ code: 'not-connected' })
      expect(other.requests).toEqual([])
      await other.close()
    })
  })
}
