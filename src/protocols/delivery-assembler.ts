import { MAX_CONTEXT_BYTES } from '../domain/content/context-hash.ts'
import { LoremeshError } from '../domain/kernel/errors.ts'
import { MAX_QUOTE_ITEMS } from '../domain/ledger/quote.ts'

/** Cuts the contexts of a delivery out of the payloads of its frames. */
export interface DeliveryAssembler {
  /** True once every context is there. */
  readonly isComplete: boolean
  /** The contexts that the payload completes, in the order of the quote; throws `message-too-large` beyond the last. */
  add(payload: Uint8Array): readonly Uint8Array[]
}

/** An assembler for contexts of exactly these sizes; throws `bad-input` when they are beyond the limits. */
export function createDeliveryAssembler(sizesBytes: readonly number[]): DeliveryAssembler {
  const possible = sizesBytes.every((size) => Number.isInteger(size) && size > 0 && size <= MAX_CONTEXT_BYTES)
  if (!possible || sizesBytes.length === 0 || sizesBytes.length > MAX_QUOTE_ITEMS) {
    throw new LoremeshError('bad-input', 'A delivery has 1 to 256 contexts of 1 to 65,536 bytes')
  }
  let completed = 0
  let current = new Uint8Array(sizesBytes[0] ?? 0)
  let filled = 0

  return {
    get isComplete() {
      return completed === sizesBytes.length
    },
    add(payload) {
      const contents: Uint8Array[] = []
      let offset = 0
      while (offset < payload.length) {
        if (completed === sizesBytes.length) {
          throw new LoremeshError('message-too-large', 'More came than was quoted')
        }
        const part = payload.subarray(offset, offset + current.length - filled)
        current.set(part, filled)
        filled += part.length
        offset += part.length
        if (filled < current.length) break
        contents.push(current)
        completed += 1
        current = new Uint8Array(sizesBytes[completed] ?? 0)
        filled = 0
      }
      return contents
    },
  }
}
