import { MAX_PAYLOAD_BYTES } from '../../protocols/fetch.ts'

/** Leaves room for a frame's own fields, so that a frame fits into one 16 KiB message of a data channel. */
const PAYLOAD_BYTES = MAX_PAYLOAD_BYTES - 128

/**
 * A context's bytes cut into payloads, without copying. None begins with the end of the context before: that has to be
 * sent at once, for its receiver may have to pay for it before the next one comes.
 */
export function* cutIntoPayloads(content: Uint8Array): Generator<Uint8Array> {
  for (let from = 0; from < content.length; from += PAYLOAD_BYTES) {
    yield content.subarray(from, from + PAYLOAD_BYTES)
  }
}
