import { LoremeshError } from '../kernel/errors.ts'

/**
 * The inner loops of vector search, over a memory of their own. Places in it are byte offsets, multiples of 16. Every
 * kernel gives the same integers, so that what is found does not depend on the machine.
 */
export interface VectorKernel {
  /** The memory as it is now; after `reserve` it may be another object with the same content. */
  memory(): ArrayBuffer
  /** Makes the memory so large at least; what is new is zeros. Throws `storage-full` when the machine has no more. */
  reserve(bytes: number): void
  /**
   * Dot products of a query, `width` int16 components at `query`, with `count` rows of `width` int8 components that lie
   * one after another at `rows`; written as int32 to `out`. The width is a multiple of 128 below 2^17.
   */
  dotProducts(query: number, rows: number, count: number, width: number, out: number): void
  /**
   * In how many bits `width` bytes at `query` differ from each of `count` rows of as many bytes; written as int32 to
   * `out`. The width is a multiple of 16 below 2^14.
   */
  distances(query: number, rows: number, count: number, width: number, out: number): void
}

/** The kernel in plain JavaScript, for where WebAssembly has no SIMD or is forbidden. */
export function createPlainKernel(): VectorKernel {
  let memory = new ArrayBuffer(0)

  return {
    memory: () => memory,
    reserve(bytes) {
      if (bytes <= memory.byteLength) return
      const larger = allocate(Math.max(bytes, 2 * memory.byteLength))
      new Uint8Array(larger).set(new Uint8Array(memory))
      memory = larger
    },
    dotProducts(query, rows, count, width, out) {
      const components = new Int16Array(memory, query, width)
      const values = new Int8Array(memory, rows, count * width)
      const results = new Int32Array(memory, out, count)
      for (let row = 0, at = 0; row < count; row++) {
        let sum = 0
        for (let i = 0; i < width; i++, at++) sum += (components[i] ?? 0) * (values[at] ?? 0)
        results[row] = sum
      }
    },
    distances(query, rows, count, width, out) {
      const words = width / 4
      const signs = new Int32Array(memory, query, words)
      const values = new Int32Array(memory, rows, count * words)
      const results = new Int32Array(memory, out, count)
      for (let row = 0, at = 0; row < count; row++) {
        let sum = 0
        for (let i = 0; i < words; i++, at++) sum += countBits((signs[i] ?? 0) ^ (values[at] ?? 0))
        results[row] = sum
      }
    },
  }
}

function allocate(bytes: number): ArrayBuffer {
  try {
    return new ArrayBuffer(bytes)
  } catch (cause) {
    throw noMemoryLeft(cause)
  }
}

/** What `reserve` throws. */
export function noMemoryLeft(cause: unknown): LoremeshError {
  return new LoremeshError(
    'storage-full',
    'There is no memory for more vectors',
    'Remove documents, or close other tabs',
    { cause },
  )
}

/** Number of set bits in an int32: sums of ever larger groups of bits (Warren, Hacker's Delight, 5-1). */
function countBits(bits: number): number {
  const pairs = bits - ((bits >>> 1) & 0x55555555)
  const nibbles = (pairs & 0x33333333) + ((pairs >>> 2) & 0x33333333)
  return Math.imul((nibbles + (nibbles >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24
}
