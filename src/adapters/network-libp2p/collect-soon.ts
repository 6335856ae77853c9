const STEP_BYTES = 16_777_216

/**
 * Hurries the browser to its next major garbage collection: it collects when memory outside the heap has grown by some of
 * these. Nothing is written to it, so none is really taken.
 */
export function collectSoon(): number {
  return new ArrayBuffer(STEP_BYTES).byteLength
}
