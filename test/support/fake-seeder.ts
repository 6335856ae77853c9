/** A child process that keeps the seeder's side of its contract with the server, without being a peer. */
import { hashText } from '../../src/domain/content/context-hash.ts'
import { createIdentity } from '../../src/domain/identity/identity.ts'
import {
  encodeSeederMessage,
  parseSeederRequest,
  type SeederMessage,
  type SeederRequest,
} from '../../src/protocols/seeder-ipc.ts'

const { peerId } = createIdentity(new Uint8Array(32).fill(5))
const content = 'A context'

function send(message: SeederMessage): void {
  process.send?.(encodeSeederMessage(message))
}

function answer(request: SeederRequest): SeederMessage | undefined {
  const { id } = request
  switch (request.type) {
    case 'quote':
      return { type: 'quoted', id, quoteWire: request.requestId }
    case 'pay':
      // The first byte of the payment says how this seeder is to misbehave.
      if (request.payWire[0] === 1) process.exit(1)
      if (request.payWire[0] === 2) return undefined
      return {
        type: 'delivered',
        id,
        deliveryWire: request.quoteWire,
        context: {
          contextHash: hashText(content),
          content,
          title: 'Title',
          author: peerId,
          createdAtMs: 1,
          tags: [],
          references: [],
          embedding: [],
        },
      }
    case 'ack':
      return { type: 'refused', id, code: 'not-found', message: 'No such payment', hint: 'Pay first' }
  }
}

process.on('message', (message) => {
  const reply = answer(parseSeederRequest(message))
  if (reply !== undefined) send(reply)
})
process.on('disconnect', () => process.exit(0))
send({ type: 'announced', peerId })
