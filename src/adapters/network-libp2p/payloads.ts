import { MAX_PAYLOAD_BYTES } from '../../protocols/fetch.ts'

/** Leaves room for a frame's own fields, so that a frame fits into one 16 KiB message of a data channel. */
const PAYLOAD_BYTES = MAX_PAYLOAD_BYTES - 128

/** The bytes of all contexts, joined and cut into payloads; a stretch within one context is not copied. */
export function* cutIntoPayloads(contents: readonly Uint8Array[]): Generator<Uint8Array> {
  let rest = new Uint8Array(0)
  for (const content of contents) {
    let from = 0
    if (rest.length > 0) {
      from = Math.min(content.length, PAYLOAD_BYTES - rest.length)
      rest = join(rest, content.subarray(0, from))
      if (rest.length < PAYLOAD_BYTES) continue
      yield rest
    }
    for (; content.length - from >= PAYLOAD_BYTES; from += PAYLOAD_BYTES) {
      yield content.subarray(from, from + PAYLOAD_BYTES)
    }
    rest = content.slice(from)
  }
  if (rest.length > 0) yield rest
}

function join(a: Uint8Array, b: Uint8Array): Uint8Array<ArrayBuffer> {
  const joined = new Uint8Array(a.length + b.length)
  joined.set(a)
  joined.set(b, a.length)
  return joined
}
