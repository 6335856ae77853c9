const VARINT = 0
const LENGTH_DELIMITED = 2
const FIXED32 = 5

/** Writes one protobuf message field by field: https://protobuf.dev/programming-guides/encoding. */
export interface MessageWriter {
  /** A signed or unsigned integer; negative ones take ten bytes, as int64 does. */
  integer(field: number, value: number): void
  float(field: number, value: number): void
  text(field: number, value: string): void
  bytes(field: number, value: Uint8Array): void
  /** What was written so far, in one piece. */
  finish(): Uint8Array
}

/** Creates a writer of one message; a message within it is written by its own and passed to `bytes`. */
export function createMessageWriter(): MessageWriter {
  const parts: Uint8Array[] = []

  function key(field: number, wireType: number): void {
    parts.push(varint(BigInt((field << 3) | wireType)))
  }

  function bytes(field: number, value: Uint8Array): void {
    key(field, LENGTH_DELIMITED)
    parts.push(varint(BigInt(value.length)), value)
  }

  return {
    integer(field, value) {
      key(field, VARINT)
      parts.push(varint(BigInt.asUintN(64, BigInt(value))))
    },
    float(field, value) {
      key(field, FIXED32)
      const part = Buffer.alloc(4)
      part.writeFloatLE(value)
      parts.push(part)
    },
    text: (field, value) => bytes(field, Buffer.from(value)),
    bytes,
    finish: () => Buffer.concat(parts),
  }
}

function varint(value: bigint): Uint8Array {
  const bytes: number[] = []
  let rest = value
  while (rest > 0x7fn) {
    bytes.push(Number(rest & 0x7fn) | 0x80)
    rest >>= 7n
  }
  bytes.push(Number(rest))
  return Uint8Array.from(bytes)
}
