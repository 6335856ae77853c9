import { accountToPeerId } from '../domain/identity/account.ts'
import { bytesToText } from '../domain/kernel/bytes.ts'
import { LoremeshError, toLoremeshError } from '../domain/kernel/errors.ts'
import { parseQuote } from '../domain/ledger/quote.ts'
import type { RunningPeer } from '../peer/create-peer.ts'
import {
  encodeSeederMessage,
  parseSeederRequest,
  type DeliveredContext,
  type SeederMessage,
  type SeederReply,
  type SeederRequest,
} from '../protocols/seeder-ipc.ts'

/** Answers the server process that started this one, if there is one: it sells this peer's contexts over HTTP. */
export function serveSeederRequests(peer: RunningPeer): void {
  if (process.send === undefined) return
  process.on('message', (message) => void answer(peer, message))
  send({ type: 'announced', peerId: peer.peerId })
}

function send(message: SeederMessage): void {
  process.send?.(encodeSeederMessage(message))
}

async function answer(peer: RunningPeer, message: unknown): Promise<void> {
  const request = parseSeederRequest(message)
  try {
    send(await handle(peer, request))
  } catch (error) {
    const { code, message: reason, hint } = toLoremeshError(error)
    send({ type: 'refused', id: request.id, code, message: reason, hint })
  }
}

async function handle({ server }: RunningPeer, request: SeederRequest): Promise<SeederReply> {
  const { id, payer } = request
  switch (request.type) {
    case 'quote': {
      const { requestId, contextHash, maxTokenCost } = request
      const reply = await server.quote({ requestId, contexts: [contextHash], maxTokenCost }, payer)
      if (reply.status === 'refused') throw new LoremeshError(reply.code, reply.message)
      return { type: 'quoted', id, quoteWire: reply.quoteWire }
    }
    case 'pay': {
      const reply = await server.deliver(request, payer)
      if (reply.status === 'refused') throw new LoremeshError(reply.code, reply.message)
      const [item] = parseQuote(request.quoteWire).quote.items
      const [content] = reply.contents
      if (item === undefined || content === undefined)
        throw new LoremeshError('not-found', 'The quote is empty')
      const context = await describe(server, item.contextHash, bytesToText(content))
      return { type: 'delivered', id, context, deliveryWire: reply.deliveryWire }
    }
    case 'ack':
      await server.acknowledge(request.invoice, request.ack, payer)
      return { type: 'acknowledged', id }
  }
}

async function describe(
  server: RunningPeer['server'],
  contextHash: DeliveredContext['contextHash'],
  content: string,
): Promise<DeliveredContext> {
  const signed = await server.describe(contextHash)
  const { title, author, createdAtMs, tags, references, vector } = signed.descriptor
  return {
    contextHash,
    content,
    title,
    author: accountToPeerId(author),
    createdAtMs,
    tags,
    references,
    embedding: vector === null ? [] : Array.from(vector.values, (value) => value * vector.scale),
  }
}
