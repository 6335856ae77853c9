import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { once } from 'node:events'

/** What the server was asked. */
interface ModelRequest {
  readonly path: string
  readonly headers: IncomingMessage['headers']
  readonly body: Record<string, unknown>
}

/** What a provider's wire looks like, from its side. */
export interface ServedWire {
  readonly contentType: string
  /** One piece of an answer. */
  piece(text: string): string
  /** What follows the last piece. */
  end(): string
}

const json = (value: unknown): string => JSON.stringify(value)
const event = (value: unknown): string => `data: ${json(value)}\n\n`

export const SERVED_WIRES = {
  openai: {
    contentType: 'text/event-stream',
    piece: (text) => event({ choices: [{ delta: { content: text } }] }),
    end: () => `${event({ choices: [{ delta: {}, finish_reason: 'stop' }] })}data: [DONE]\n\n`,
  },
  anthropic: {
    contentType: 'text/event-stream',
    piece: (text) =>
      `event: content_block_delta\n${event({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text } })}`,
    end: () => `event: message_stop\n${event({ type: 'message_stop' })}`,
  },
  gemini: {
    contentType: 'text/event-stream',
    piece: (text) => event({ candidates: [{ content: { role: 'model', parts: [{ text }] } }] }),
    end: () => event({ candidates: [{ finishReason: 'STOP' }] }),
  },
  ollama: {
    contentType: 'application/x-ndjson',
    piece: (text) => `${json({ message: { role: 'assistant', content: text }, done: false })}\n`,
    end: () => `${json({ message: { content: '' }, done: true })}\n`,
  },
} as const satisfies Record<string, ServedWire>

/** A server of language models: `respond` answers each POST. Every origin may ask it. */
export interface ModelServer {
  readonly origin: string
  readonly requests: readonly ModelRequest[]
  respond: (request: ModelRequest, response: ServerResponse) => void
  /** Resolves when a client has gone before its answer was complete. */
  readonly whenAbandoned: Promise<void>
  close(): Promise<void>
}

export async function startModelServer(respond: ModelServer['respond']): Promise<ModelServer> {
  const requests: ModelRequest[] = []
  let abandon = (): void => undefined
  const whenAbandoned = new Promise<void>((resolve) => (abandon = resolve))
  const server = createServer((incoming, response) => {
    response.setHeader('access-control-allow-origin', '*')
    response.setHeader('access-control-allow-headers', '*, authorization')
    response.setHeader('access-control-expose-headers', 'retry-after')
    if (incoming.method === 'OPTIONS') {
      response.writeHead(204).end()
      return
    }
    response.on('close', () => {
      if (!response.writableEnded) abandon()
    })
    void readBody(incoming).then((body) => {
      const request = { path: incoming.url ?? '', headers: incoming.headers, body }
      requests.push(request)
      running.respond(request, response)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const running: ModelServer = {
    origin: `http://127.0.0.1:${port}`,
    requests,
    respond,
    whenAbandoned,
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
  return running
}

async function readBody(incoming: IncomingMessage): Promise<Record<string, unknown>> {
  const parts: Buffer[] = []
  for await (const part of incoming) parts.push(part as Buffer)
  return JSON.parse(Buffer.concat(parts).toString()) as Record<string, unknown>
}

/** Sends a whole answer in these pieces. */
export function sendAnswer(wire: ServedWire, pieces: readonly string[], response: ServerResponse): void {
  response.writeHead(200, { 'content-type': wire.contentType })
  for (const piece of pieces) response.write(wire.piece(piece))
  response.end(wire.end())
}
