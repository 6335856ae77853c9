import fc from 'fast-check'
import { expect, it } from 'vitest'
import { createDeliveryAssembler } from '../../../src/protocols/delivery-assembler.ts'
import { expectRefusal } from '../../support/ledger.ts'
import { testBytes } from '../../support/test-contexts.ts'

it('gives each context as soon as its last byte is there, however the payloads are cut', () => {
  const contents = fc.array(fc.uint8Array({ minLength: 1, maxLength: 500 }), { minLength: 1, maxLength: 20 })
  fc.assert(
    fc.property(contents, fc.integer({ min: 1, max: 700 }), (sent, payloadBytes) => {
      const joined = Uint8Array.from(sent.flatMap((content) => [...content]))
      const assembler = createDeliveryAssembler(sent.map(({ length }) => length))
      const received: Uint8Array[] = []
      for (let from = 0; from < joined.length; from += payloadBytes) {
        expect(assembler.isComplete).toBe(false)
        received.push(...assembler.add(joined.subarray(from, from + payloadBytes)))
        const cameBytes = Math.min(from + payloadBytes, joined.length)
        const complete = sent.filter((_, n) => joinedLength(sent.slice(0, n + 1)) <= cameBytes)
        expect(received).toHaveLength(complete.length)
      }
      expect(assembler.isComplete).toBe(true)
      expect(received).toEqual(sent)
    }),
  )
})

const joinedLength = (contents: readonly Uint8Array[]): number =>
  contents.reduce((sum, { length }) => sum + length, 0)

it('refuses a byte too many', () => {
  const assembler = createDeliveryAssembler([3, 2])
  expect(assembler.add(testBytes(4))).toEqual([testBytes(3)])
  expectRefusal(() => assembler.add(testBytes(2)), 'message-too-large')
})

it.each([[[]], [[0]], [[1.5]], [[65_537]], [Array.from({ length: 257 }, () => 1)]])(
  'refuses impossible sizes: %s',
  (sizes) => {
    expectRefusal(() => createDeliveryAssembler(sizes), 'bad-input')
  },
)
