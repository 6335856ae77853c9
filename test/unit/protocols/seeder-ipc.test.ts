import { expect, it } from 'vitest'
import { hashText } from '../../../src/domain/content/context-hash.ts'
import { createIdentity } from '../../../src/domain/identity/identity.ts'
import { toMicroTokens } from '../../../src/domain/kernel/micro-tokens.ts'
import {
  encodeSeederMessage,
  encodeSeederRequest,
  parseSeederMessage,
  parseSeederRequest,
  type SeederMessage,
  type SeederRequest,
} from '../../../src/protocols/seeder-ipc.ts'

const payer = createIdentity(new Uint8Array(32)).peerId
const contextHash = hashText('a context')
const overJson = (message: object): unknown => JSON.parse(JSON.stringify(message))

const requests: readonly SeederRequest[] = [
  {
    id: 1,
    type: 'quote',
    payer,
    requestId: new Uint8Array(16).fill(7),
    contextHash,
    maxTokenCost: toMicroTokens(50_000_000n),
  },
  {
    id: 2,
    type: 'pay',
    payer,
    quoteWire: Uint8Array.of(1),
    payWire: Uint8Array.of(2),
    certificateWire: Uint8Array.of(3),
  },
  { id: 3, type: 'ack', payer, invoice: new Uint8Array(32), ack: new Uint8Array(64) },
]

const messages: readonly SeederMessage[] = [
  { id: 1, type: 'quoted', quoteWire: Uint8Array.of(1, 2, 3) },
  {
    id: 2,
    type: 'delivered',
    deliveryWire: Uint8Array.of(9),
    context: {
      contextHash,
      content: 'a context',
      title: 'Title',
      author: payer,
      createdAtMs: 5,
      tags: ['tag'],
      references: [contextHash],
      embedding: [0.5, -0.25],
    },
  },
  { id: 3, type: 'acknowledged' },
  { id: 4, type: 'refused', code: 'not-found', message: 'No such context', hint: '' },
  { type: 'announced', peerId: payer },
]

it.each(requests)('carries a $type request over JSON unchanged', (request) => {
  expect(parseSeederRequest(overJson(encodeSeederRequest(request)))).toEqual(request)
})

it.each(messages)('carries a message "$type" over JSON unchanged', (message) => {
  expect(parseSeederMessage(overJson(encodeSeederMessage(message)))).toEqual(message)
})

it('refuses messages of another shape with a typed error', () => {
  for (const message of [null, {}, { type: 'quote', id: -1 }, { type: 'announced', peerId: 'nobody' }]) {
    expect(() => parseSeederRequest(message)).toThrow(expect.objectContaining({ name: 'LoremeshError' }))
    expect(() => parseSeederMessage(message)).toThrow(expect.objectContaining({ name: 'LoremeshError' }))
  }
})
