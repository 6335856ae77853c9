import fc from 'fast-check'
import { expect, it } from 'vitest'
import { toMicroTokens } from '../../../../src/domain/kernel/micro-tokens.ts'
import { testBytes, testHash } from '../../../support/test-contexts.ts'
import { openPair, serving, take, voucherOf } from './fetch-fixture.ts'

it('contexts of any sizes arrive as they were served, through any window, each paid before the next', async () => {
  const sizes = fc.array(fc.integer({ min: 1, max: 65_536 }), { minLength: 1, maxLength: 12 })
  await fc.assert(
    fc.asyncProperty(sizes, fc.integer({ min: 32_768, max: 200_000 }), async (lengths, creditBytes) => {
      const contents = lengths.map((length, seed) => testBytes(length, seed))
      let vouched = 0n
      let onVoucher: () => void = () => undefined
      async function* paidOneByOne(): AsyncGenerator<Uint8Array> {
        for (const [at, content] of contents.entries()) {
          yield content
          while (vouched <= BigInt(at)) await new Promise<void>((resolve) => (onVoucher = resolve))
        }
      }
      const client = openPair(
        {
          onTake: () => Promise.resolve(serving(paidOneByOne())),
          onVoucher(_reserve, { amount = toMicroTokens(0n) }) {
            vouched = amount
            onVoucher()
            return Promise.resolve()
          },
        },
        { creditBytes },
      )
      const request = { ...take, contexts: lengths.map((_, n) => testHash(n)) }
      const taking = await client.take(request, { quote: new AbortController().signal, delivery: undefined })
      const received: Uint8Array[] = []
      for await (const content of taking.contents(lengths)) {
        received.push(content)
        taking.pay(voucherOf(received.length))
      }
      expect(await taking.deliveryWire()).toEqual(testBytes(100))
      expect(Buffer.concat(received).equals(Buffer.concat(contents))).toBe(true)
      expect(received.map(({ length }) => length)).toEqual(lengths)
    }),
    { numRuns: 30 },
  )
})
