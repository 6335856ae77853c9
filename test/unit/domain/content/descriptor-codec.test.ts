import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { hashText } from '../../../../src/domain/content/context-hash.ts'
import {
  DESCRIPTOR_LIMITS,
  MAX_DESCRIPTOR_BYTES,
  parseDescriptor,
  signDescriptor,
  verifyDescriptor,
} from '../../../../src/domain/content/descriptor-codec.ts'
import type { Descriptor } from '../../../../src/domain/content/descriptor.ts'
import { createIdentity } from '../../../../src/domain/identity/identity.ts'
import { decodeCbor, encodeCbor } from '../../../../src/domain/kernel/cbor.ts'
import { isLoremeshError } from '../../../../src/domain/kernel/errors.ts'

const identity = createIdentity(new Uint8Array(32).fill(1))
const other = createIdentity(new Uint8Array(32).fill(2))
const descriptor: Descriptor = {
  contextHash: hashText('text'),
  sizeBytes: 4,
  title: 'Title › Heading',
  headingPath: ['Title', 'Heading'],
  description: '',
  tags: ['markdown'],
  references: [hashText('other')],
  documentHash: hashText('document'),
  documentTitle: 'Title',
  documentBytes: 100,
  author: identity.account,
  createdAtMs: 1_700_000_000_000,
  vector: { space: 'static-384-v1', values: Int8Array.of(-127, 0, 1), scale: 0.0078 },
}

const hash = fc.string().map(hashText)
const text = (maxLength: number): fc.Arbitrary<string> =>
  fc.string({ unit: fc.constantFrom('a', ' ', 'z', '-'), maxLength })
const anyDescriptor: fc.Arbitrary<Descriptor> = fc.record({
  contextHash: hash,
  sizeBytes: fc.nat(65_536),
  title: text(DESCRIPTOR_LIMITS.titleBytes),
  headingPath: fc.array(text(DESCRIPTOR_LIMITS.headingBytes), { maxLength: DESCRIPTOR_LIMITS.headings }),
  description: text(DESCRIPTOR_LIMITS.descriptionBytes),
  tags: fc.array(text(DESCRIPTOR_LIMITS.tagBytes), { maxLength: DESCRIPTOR_LIMITS.tags }),
  references: fc.array(hash, { maxLength: DESCRIPTOR_LIMITS.references }),
  documentHash: hash,
  documentTitle: text(DESCRIPTOR_LIMITS.titleBytes),
  documentBytes: fc.nat(),
  author: fc.constant(identity.account),
  createdAtMs: fc.nat(),
  vector: fc.option(
    fc.record({
      space: text(DESCRIPTOR_LIMITS.spaceBytes),
      values: fc.int8Array({ minLength: 1, maxLength: DESCRIPTOR_LIMITS.dimensions }),
      scale: fc.double({ min: 0, max: 0.0002, noNaN: true }).map((scale) => scale + 0),
    }),
  ),
})

test('a signed descriptor comes back from its bytes as it was, and its signature holds', () => {
  fc.assert(
    fc.property(anyDescriptor, (described) => {
      const { wire } = signDescriptor(identity, described)
      const parsed = parseDescriptor(wire)
      expect(parsed).toEqual({ descriptor: described, wire })
      verifyDescriptor(parsed)
    }),
    { numRuns: 50 },
  )
})

test('a descriptor with every part at its cap stays below the limit on bytes', () => {
  const { wire } = signDescriptor(identity, {
    ...descriptor,
    sizeBytes: 65_536,
    title: 't'.repeat(200),
    headingPath: Array.from({ length: 6 }, () => 'h'.repeat(120)),
    description: 'd'.repeat(160),
    tags: Array.from({ length: 12 }, () => 't'.repeat(40)),
    references: Array.from({ length: 16 }, () => hashText('r')),
    documentTitle: 't'.repeat(200),
    documentBytes: 2 ** 32,
    createdAtMs: 2 ** 48,
    vector: { space: 's'.repeat(100), values: new Int8Array(1_024).fill(127), scale: 0.0002 },
  })
  expect(wire.length).toBeLessThan(MAX_DESCRIPTOR_BYTES)
})

test('only the author signs a descriptor', () => {
  expect(() => signDescriptor(other, descriptor)).toThrow(expect.objectContaining({ code: 'bad-input' }))
})

test('a changed or foreign signature is refused', () => {
  const { wire } = signDescriptor(identity, descriptor)
  const [body, signature] = decodeCbor(wire) as [Uint8Array, Uint8Array]
  const forgeries = [signature.map((byte, at) => (at === 0 ? byte ^ 1 : byte)), other.sign(body), new Uint8Array(64)]
  for (const forged of forgeries) {
    const parsed = parseDescriptor(encodeCbor([body, forged]))
    expect(() => verifyDescriptor(parsed)).toThrow(expect.objectContaining({ code: 'bad-signature' }))
  }
})

test.each<[string, Partial<Descriptor>]>([
  ['a title with a line break', { title: 'a\nb' }],
  ['a title that reorders text', { title: 'a\u202eb' }],
  ['a title over its cap', { title: 'x'.repeat(201) }],
  ['too many headings', { headingPath: Array.from({ length: 7 }, () => 'h') }],
  ['a heading over its cap', { headingPath: ['日'.repeat(41)] }],
  ['a description over its cap', { description: 'x'.repeat(161) }],
  ['too many tags', { tags: Array.from({ length: 13 }, () => 't') }],
  ['too many references', { references: Array.from({ length: 17 }, () => hashText('r')) }],
  ['a size above that of any context', { sizeBytes: 65_537 }],
  ['a negative size', { sizeBytes: -1 }],
  ['a fractional time', { createdAtMs: 0.5 }],
  ['a vector of too many dimensions', { vector: { space: 's', values: new Int8Array(1_025), scale: 0 } }],
  ['a vector longer than a unit vector', { vector: { space: 's', values: Int8Array.of(127), scale: 1 } }],
  ['a vector with a negative scale', { vector: { space: 's', values: Int8Array.of(1), scale: -0.1 } }],
])('%s is refused', (_, change) => {
  expect(() => signDescriptor(identity, { ...descriptor, ...change })).toThrow(
    expect.objectContaining({ code: 'bad-encoding' }),
  )
})

test('bytes over the limit are refused before they are decoded', () => {
  expect(() => parseDescriptor(new Uint8Array(MAX_DESCRIPTOR_BYTES + 1))).toThrow(
    expect.objectContaining({ code: 'message-too-large' }),
  )
})

test('a later version is told apart from nonsense, whatever it consists of', () => {
  const later = encodeCbor([encodeCbor([2, 'something else']), new Uint8Array(64)])
  expect(() => parseDescriptor(later)).toThrow(expect.objectContaining({ code: 'unsupported' }))
})

test('a missing field and deeply nested bytes are refused', () => {
  const [body, signature] = decodeCbor(signDescriptor(identity, descriptor).wire) as [Uint8Array, Uint8Array]
  const fields = decodeCbor(body) as readonly (string | number)[]
  const bad = [
    encodeCbor([encodeCbor(fields.slice(0, 13)), signature]),
    encodeCbor([body, signature, 0]),
    encodeCbor([body, signature.slice(1)]),
    new Uint8Array(MAX_DESCRIPTOR_BYTES).fill(0x81),
  ]
  for (const wire of bad) {
    expect(() => parseDescriptor(wire)).toThrow(expect.objectContaining({ code: 'bad-encoding' }))
  }
})

test('no bytes from outside end in anything but a descriptor or a typed error', () => {
  const { wire } = signDescriptor(identity, descriptor)
  fc.assert(
    fc.property(fc.nat(wire.length - 1), fc.nat(255), fc.boolean(), (at, byte, cut) => {
      const mutated = cut ? wire.slice(0, at) : wire.map((old, index) => (index === at ? byte : old))
      try {
        parseDescriptor(mutated)
      } catch (error) {
        expect(isLoremeshError(error)).toBe(true)
      }
    }),
  )
})
