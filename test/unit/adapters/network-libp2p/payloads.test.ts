import { expect, test } from 'vitest'
import { cutIntoPayloads } from '../../../../src/adapters/network-libp2p/payloads.ts'
import { encodeFetchMessage } from '../../../../src/protocols/fetch.ts'
import { testBytes } from '../../../support/test-contexts.ts'

test.each([1, 16_255, 16_256, 16_257, 32_512, 65_536])(
  'a context of %d bytes is cut into full payloads and the rest',
  (length) => {
    const content = testBytes(length)
    const payloads = [...cutIntoPayloads(content)]
    expect(payloads.slice(0, -1).every((payload) => payload.length === 16_256)).toBe(true)
    expect(Buffer.concat(payloads).equals(content)).toBe(true)
  },
)

test('a full payload with its frame fits into one 16 KiB message of a data channel', () => {
  const [payload = new Uint8Array()] = cutIntoPayloads(testBytes(65_536))
  const frame = encodeFetchMessage({ type: 'frame', exchange: 0xffff_ffff, payload })
  expect(frame.length).toBeLessThan(16_384 - 20)
  expect(frame.length).toBeGreaterThan(16_000)
})
