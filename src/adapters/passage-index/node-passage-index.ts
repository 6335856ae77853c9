import { setImmediate } from 'node:timers/promises'
import { createLocalIndex } from '../../domain/retrieval/local-index.ts'
import type { PassageIndex } from '../../ports/passage-index.ts'
import { createPacedPassageIndex } from './paced-passage-index.ts'
import { createVectorKernel } from './wasm-vector-kernel.ts'

/** An index in the calling thread of Node. */
export function openNodePassageIndex(): PassageIndex {
  return createPacedPassageIndex(createLocalIndex(createVectorKernel), () => setImmediate())
}
