import { LoremeshError } from '../../domain/kernel/errors.ts'

/** Deflate unpacks to at most 1,032 times its size, so that a slice gives 8 MB at most before it is counted. */
const SLICE_BYTES = 8_192
/** What one byte may unpack to at most (RFC 1951: 258 bytes a pair of one-bit codes, and their rounding). */
export const MAX_EXPANSION = 1_032

/** How bytes are packed: a gzip file, an entry of a zip archive, or a stream of a PDF. */
export type Packing = 'gzip' | 'deflate-raw' | 'deflate'

/** All came out, more than was allowed would, or the bytes are broken from some place on. */
export type Unpacking = 'whole' | 'too-large' | 'broken'

/**
 * Unpacks bytes a little at a time, handing over each part, and stops when more than `maxBytes` come out: what the bytes
 * say about their own size is not believed.
 */
export async function unpack(
  packed: Uint8Array<ArrayBuffer>,
  packing: Packing,
  maxBytes: number,
  onPart: (part: Uint8Array) => void,
): Promise<Unpacking> {
  const reader = inSlices(packed).pipeThrough(new DecompressionStream(packing)).getReader()
  let unpackedBytes = 0
  try {
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      unpackedBytes += part.value.length
      if (unpackedBytes > maxBytes) {
        await reader.cancel()
        return 'too-large'
      }
      onPart(part.value)
    }
    return 'whole'
  } catch {
    return 'broken'
  }
}

function inSlices(bytes: Uint8Array<ArrayBuffer>): ReadableStream<Uint8Array<ArrayBuffer>> {
  let at = 0
  return new ReadableStream<Uint8Array<ArrayBuffer>>(
    {
      pull(controller) {
        controller.enqueue(bytes.slice(at, at + SLICE_BYTES))
        at += SLICE_BYTES
        if (at >= bytes.length) controller.close()
      },
    },
    { highWaterMark: 0 },
  )
}

/** What is in a packed file or entry. Throws `bad-document` when it is broken or more than `maxBytes`. */
export async function unpackWithin(
  packed: Uint8Array<ArrayBuffer>,
  packing: Packing,
  maxBytes: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const parts: Uint8Array[] = []
  const unpacking = await unpack(packed, packing, maxBytes, (part) => parts.push(part))
  if (unpacking === 'too-large') throw unpacksTooLarge(maxBytes)
  if (unpacking === 'broken') {
    throw new LoremeshError(
      'bad-document',
      'The file is broken: it can’t be unpacked',
      'Get or save it again',
    )
  }
  const whole = new Uint8Array(parts.reduce((total, part) => total + part.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

/** Refusal of a file that unpacks to more than a limit. */
export function unpacksTooLarge(maxBytes: number): LoremeshError {
  return new LoremeshError(
    'bad-document',
    `The file unpacks to more than ${maxBytes / 1_000_000} MB`,
    'Unpack it yourself, and add the parts that you need',
  )
}
