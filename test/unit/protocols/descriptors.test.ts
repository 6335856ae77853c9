import { expect, test } from 'vitest'
import { hashText } from '../../../src/domain/content/context-hash.ts'
import { signDescriptor } from '../../../src/domain/content/descriptor-codec.ts'
import { createIdentity } from '../../../src/domain/identity/identity.ts'
import { encodeCbor } from '../../../src/domain/kernel/cbor.ts'
import {
  encodeDescriptorBatches,
  MAX_DESCRIPTORS_PER_MESSAGE,
  parseDescriptorBatch,
} from '../../../src/protocols/descriptors.ts'
import { MAX_GOSSIP_BYTES } from '../../../src/protocols/gossip.ts'

const identity = createIdentity(new Uint8Array(32).fill(4))

function signed(count: number, dimensions: number) {
  return Array.from({ length: count }, (_, at) =>
    signDescriptor(identity, {
      contextHash: hashText(`context ${at}`),
      sizeBytes: 10,
      title: `Title ${at}`,
      headingPath: [],
      description: '',
      tags: [],
      references: [],
      documentHash: hashText('document'),
      documentTitle: 'Title',
      documentBytes: 100,
      author: identity.account,
      createdAtMs: at,
      vector: dimensions === 0 ? null : { space: 's', values: new Int8Array(dimensions), scale: 0 },
    }),
  )
}

test.each([
  [1, 0, 1],
  [100, 0, 4],
  [100, 1_024, 8],
])(
  '%i descriptors of %i dimensions travel in %i messages, each within its limits',
  (count, dimensions, messages) => {
    const descriptors = signed(count, dimensions)
    const batches = encodeDescriptorBatches(descriptors)
    expect(batches.flatMap((batch) => parseDescriptorBatch(batch))).toEqual(descriptors)
    for (const batch of batches) expect(batch.length).toBeLessThanOrEqual(MAX_GOSSIP_BYTES)
    expect(batches).toHaveLength(messages)
  },
)

test('no descriptors need no message', () => {
  expect(encodeDescriptorBatches([])).toEqual([])
})

test('an oversized message is refused before it is decoded', () => {
  expect(() => parseDescriptorBatch(new Uint8Array(MAX_GOSSIP_BYTES + 1))).toThrow(
    expect.objectContaining({ code: 'message-too-large' }),
  )
})

test('an empty, overfull or malformed message is refused', () => {
  const [wire = new Uint8Array()] = signed(1, 0).map((descriptor) => descriptor.wire)
  const bad = [
    encodeCbor([]),
    encodeCbor('text'),
    encodeCbor([1]),
    encodeCbor([wire, wire.slice(1)]),
    encodeCbor(Array.from({ length: MAX_DESCRIPTORS_PER_MESSAGE + 1 }, () => wire)),
    new Uint8Array(MAX_GOSSIP_BYTES).fill(0x81),
  ]
  for (const message of bad) {
    expect(() => parseDescriptorBatch(message)).toThrow(expect.objectContaining({ code: 'bad-encoding' }))
  }
})
