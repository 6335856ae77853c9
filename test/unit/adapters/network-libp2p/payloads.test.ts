import fc from 'fast-check'
import { expect, test } from 'vitest'
import { cutIntoPayloads } from '../../../../src/adapters/network-libp2p/payloads.ts'
import { createDeliveryAssembler, encodeFetchMessage } from '../../../../src/protocols/fetch.ts'
import { testBytes } from '../../../support/test-contexts.ts'

test('contexts of any sizes are cut into full payloads and come together again', () => {
  const sizes = fc.array(fc.integer({ min: 1, max: 40_000 }), { minLength: 1, maxLength: 12 })
  fc.assert(
    fc.property(sizes, (lengths) => {
      const contents = lengths.map((length, seed) => testBytes(length, seed))
      const payloads = [...cutIntoPayloads(contents)]
      const full = payloads.slice(0, -1).map(({ length }) => length)
      expect(new Set(full).size).toBeLessThanOrEqual(1)
      const assembler = createDeliveryAssembler(lengths)
      for (const payload of payloads) assembler.add(payload)
      const same = assembler
        .finish()
        .every((content, n) => Buffer.compare(content, contents[n] ?? content) === 0)
      expect(same).toBe(true)
    }),
    { numRuns: 50 },
  )
})

test('a full payload with its frame fits into one 16 KiB message of a data channel', () => {
  const [payload = new Uint8Array()] = cutIntoPayloads([testBytes(65_536)])
  const frame = encodeFetchMessage({ type: 'frame', exchange: 0xffff_ffff, payload })
  expect(frame.length).toBeLessThan(16_384 - 20)
  expect(frame.length).toBeGreaterThan(16_000)
})
