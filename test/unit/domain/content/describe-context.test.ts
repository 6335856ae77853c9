import { expect, test } from 'vitest'
import { hashText } from '../../../../src/domain/content/context-hash.ts'
import type { Context } from '../../../../src/domain/content/context.ts'
import { describeContext } from '../../../../src/domain/content/describe-context.ts'
import { parseDescriptor, verifyDescriptor } from '../../../../src/domain/content/descriptor-codec.ts'
import { createIdentity } from '../../../../src/domain/identity/identity.ts'
import { bytesToText } from '../../../../src/domain/kernel/bytes.ts'

const identity = createIdentity(new Uint8Array(32).fill(3))
const secret = 'the paid text itself'
const context: Context = {
  contextHash: hashText(secret),
  text: secret,
  sizeBytes: secret.length,
  title: 'Manual › Setup',
  headingPath: ['Manual', 'Setup'],
  tags: ['markdown'],
  documentHash: hashText('document'),
  documentTitle: 'Manual',
  documentBytes: 1_000,
  startByte: 0,
  endByte: secret.length,
  author: identity.peerId,
  origin: 'own',
  addedAtMs: 1,
}

test('a description says where a context comes from and is signed', () => {
  const references = [hashText('a'), hashText('a')]
  const signed = describeContext(context, null, references, identity, 7)
  verifyDescriptor(parseDescriptor(signed.wire))
  expect(signed.descriptor).toMatchObject({
    contextHash: context.contextHash,
    title: 'Manual › Setup',
    headingPath: ['Manual', 'Setup'],
    references: [hashText('a')],
    author: identity.account,
    createdAtMs: 7,
  })
})

test('a description gives nothing of the text away', () => {
  const { wire } = describeContext(context, null, [], identity, 7)
  const printable = bytesToText(wire.map((byte) => (byte < 0x80 ? byte : 0x20)))
  expect(printable).toContain('Manual')
  expect(printable).not.toContain('paid text')
})

test('overlong and unprintable parts are clipped to the caps', () => {
  const wild: Context = {
    ...context,
    title: `\u202e${'日'.repeat(500)}`,
    documentTitle: 'a\nb',
    headingPath: Array.from({ length: 20 }, (_, at) => `${at} ${'x'.repeat(500)}`),
    tags: Array.from({ length: 40 }, (_, at) => `Tag ${at}`),
  }
  const references = Array.from({ length: 99 }, (_, at) => hashText(String(at)))
  const { descriptor } = parseDescriptor(describeContext(wild, null, references, identity, 7).wire)
  expect(descriptor.title.startsWith('日日')).toBe(true)
  expect(descriptor.documentTitle).toBe('a b')
  expect(descriptor.headingPath.map((heading) => heading.slice(0, 2))).toEqual(['14', '15', '16', '17', '18', '19'])
  expect(descriptor.references).toHaveLength(16)
  expect(descriptor.tags).toHaveLength(12)
})
