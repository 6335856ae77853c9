import { createLocalIndex } from '../../domain/retrieval/local-index.ts'
import type { PassageIndex } from '../../ports/passage-index.ts'
import { answerCalls } from '../../workers/answer-calls.ts'
import { createPacedPassageIndex } from './paced-passage-index.ts'
import { createVectorKernel } from './wasm-vector-kernel.ts'

/** What of an index is computed here. */
export type IndexFunctions = Omit<PassageIndex, 'onLost' | 'close'>

answerCalls<IndexFunctions>(createPacedPassageIndex(createLocalIndex(createVectorKernel), nextTurn))

/** Resolves after the messages that have come in; a timer would wait for 4 ms. */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel()
    port1.onmessage = () => {
      port1.close()
      resolve()
    }
    port2.postMessage(null)
  })
}
