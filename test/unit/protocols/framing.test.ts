import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeCbor } from '../../../src/domain/kernel/cbor.ts'
import { createFrameDecoder, encodeFrame } from '../../../src/protocols/framing.ts'
import { expectRefusal } from '../../support/ledger.ts'

/** The bytes cut at random places. */
const cuts = fc.array(fc.integer({ min: 1, max: 40 }), { maxLength: 100 })

function cut(bytes: Uint8Array, lengths: readonly number[]): Uint8Array[] {
  const chunks: Uint8Array[] = []
  let from = 0
  for (const length of [...lengths, bytes.length]) {
    if (from < bytes.length) chunks.push(bytes.subarray(from, from + length))
    from += length
  }
  return chunks
}

function join(parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]))
}

describe('frames', () => {
  it('come out as they went in, however the stream is cut', () => {
    const messages = fc.array(fc.array(fc.uint8Array({ maxLength: 300 })), { maxLength: 8 })
    fc.assert(
      fc.property(messages, cuts, (sent, lengths) => {
        const decoder = createFrameDecoder(100_000)
        const received = cut(join(sent.map((message) => encodeFrame(message))), lengths)
          .flatMap((chunk) => decoder.push(chunk))
          .map((body) => decodeCbor(body))
        decoder.end()
        expect(received).toEqual(sent)
      }),
    )
  })

  it('are refused by their announced length, before their content is there', () => {
    const length299 = Uint8Array.of(0xab, 0x02)
    expect(createFrameDecoder(299).push(length299)).toEqual([])
    expectRefusal(() => createFrameDecoder(298).push(length299), 'message-too-large')
  })

  it('take no more memory than what has come of them, whatever they announce', () => {
    const announced = 2_000_000
    const decoder = createFrameDecoder(announced)
    const before = process.memoryUsage().arrayBuffers
    for (const byte of [0x80, 0x89, 0x7a, 1, 2, 3]) decoder.push(Uint8Array.of(byte))
    expect(decoder.unfinished).toEqual({ bytes: announced })
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(100_000)
  })

  it('are unfinished from their first byte to their last', () => {
    const decoder = createFrameDecoder(1_000)
    const frame = encodeFrame(['text'])
    expect(decoder.unfinished).toBeUndefined()
    decoder.push(frame.subarray(0, 2))
    const first = decoder.unfinished
    expect(first).toEqual({ bytes: frame.length - 1 })
    decoder.push(frame.subarray(2, 3))
    expect(decoder.unfinished).toBe(first)
    decoder.push(join([frame.subarray(3), frame.subarray(0, 2)]))
    expect(decoder.unfinished).not.toBe(first)
    decoder.push(frame.subarray(2))
    expect(decoder.unfinished).toBeUndefined()
  })

  it.each([
    ['a length in more bytes than it needs', [0x81, 0x00]],
    ['a length of more than four bytes', [0xff, 0xff, 0xff, 0xff, 0x01]],
    ['an empty frame', [0x00]],
  ])('with %s are refused', (_, bytes) => {
    expectRefusal(() => createFrameDecoder(1_000).push(Uint8Array.from(bytes)), 'bad-encoding')
  })

  it('that are cut off by the end of the stream are truncated', () => {
    const frame = encodeFrame(['text'])
    for (let length = 1; length < frame.length; length++) {
      const decoder = createFrameDecoder(1_000)
      decoder.push(frame.subarray(0, length))
      expectRefusal(() => decoder.end(), 'truncated')
    }
  })
})
