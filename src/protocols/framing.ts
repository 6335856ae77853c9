import { encodeCbor, type CborValue } from '../domain/kernel/cbor.ts'
import { LoremeshError } from '../domain/kernel/errors.ts'

/** A length prefix of four bytes reaches 2^28 − 1, far above every limit. */
const MAX_PREFIX_BYTES = 4

/** A message as it goes over a stream: its length as an unsigned varint, then its deterministic CBOR. */
export function encodeFrame(message: CborValue): Uint8Array {
  const body = encodeCbor(message)
  const prefix = encodeUvarint(body.length)
  const frame = new Uint8Array(prefix.length + body.length)
  frame.set(prefix)
  frame.set(body, prefix.length)
  return frame
}

/** A frame of which only the beginning has come. */
export interface UnfinishedFrame {
  /** Its announced length; 0 while that is not known. */
  readonly bytes: number
}

/** Cuts a stream of bytes into the bodies of its frames. */
export interface FrameDecoder {
  /** The frame that the next bytes belong to, the same object until it is complete; undefined between two frames. */
  readonly unfinished: UnfinishedFrame | undefined
  /**
   * The bodies that `chunk` completes, in order; they may be views into it. Throws `message-too-large` for an announced
   * length above the limit, before anything of that frame is kept, and `bad-encoding` for a prefix that is no length.
   * After an error the stream is lost.
   */
  push(chunk: Uint8Array): readonly Uint8Array[]
  /** To be called at the end of the stream; throws `truncated` when it ends within a frame. */
  end(): void
}

/** A decoder for frames whose bodies have at most `maxBodyBytes`. */
export function createFrameDecoder(maxBodyBytes: number): FrameDecoder {
  let prefix: number[] = []
  let body: Uint8Array | undefined
  let filled = 0
  let unfinished: { bytes: number } | undefined

  /** Reads the prefix from `offset` on; gives the offset behind what it used, and the length once it is complete. */
  function readPrefix(chunk: Uint8Array, offset: number): { offset: number; length: number | undefined } {
    while (offset < chunk.length) {
      const byte = chunk[offset++] ?? 0
      prefix.push(byte)
      if (byte < 0x80) {
        const length = decodeUvarint(prefix)
        prefix = []
        return { offset, length }
      }
      if (prefix.length === MAX_PREFIX_BYTES) throw badPrefix()
    }
    return { offset, length: undefined }
  }

  /** Room for as much as has come and once more: what was only announced takes no memory. */
  function makeRoom(length: number, more: number): Uint8Array {
    if (body !== undefined && filled + more <= body.length) return body
    const grown = new Uint8Array(Math.min(length, 2 * (filled + more)))
    if (body !== undefined) grown.set(body.subarray(0, filled))
    body = grown
    return grown
  }

  return {
    get unfinished() {
      return unfinished
    },
    push(chunk) {
      const bodies: Uint8Array[] = []
      let offset = 0
      while (offset < chunk.length) {
        if (unfinished === undefined || unfinished.bytes === 0) {
          const start = readPrefix(chunk, offset)
          offset = start.offset
          unfinished ??= { bytes: 0 }
          if (start.length === undefined) break
          if (start.length > maxBodyBytes) {
            throw new LoremeshError(
              'message-too-large',
              `A message of ${start.length} bytes exceeds the limit of ${maxBodyBytes}`,
            )
          }
          if (offset + start.length <= chunk.length) {
            bodies.push(chunk.subarray(offset, offset + start.length))
            offset += start.length
            unfinished = undefined
            continue
          }
          unfinished.bytes = start.length
        }
        const part = chunk.subarray(offset, offset + unfinished.bytes - filled)
        if (part.length === 0) break
        const room = makeRoom(unfinished.bytes, part.length)
        room.set(part, filled)
        filled += part.length
        offset += part.length
        if (filled === unfinished.bytes) {
          bodies.push(room.subarray(0, filled))
          body = undefined
          filled = 0
          unfinished = undefined
        }
      }
      return bodies
    },
    end() {
      if (unfinished !== undefined) {
        throw new LoremeshError('truncated', 'The stream ended within a message')
      }
    },
  }
}

/** Unsigned LEB128 in its shortest form (multiformats unsigned-varint). */
function encodeUvarint(value: number): number[] {
  const bytes: number[] = []
  let rest = value
  while (rest >= 0x80) {
    bytes.push((rest & 0x7f) | 0x80)
    rest >>>= 7
  }
  bytes.push(rest)
  return bytes
}

function decodeUvarint(bytes: readonly number[]): number {
  if (bytes.length > 1 && bytes.at(-1) === 0) throw badPrefix()
  const value = bytes.reduce((sum, byte, index) => sum | ((byte & 0x7f) << (7 * index)), 0)
  if (value === 0) throw badPrefix()
  return value
}

function badPrefix(): LoremeshError {
  return new LoremeshError('bad-encoding', 'The bytes are not a length-prefixed message')
}
