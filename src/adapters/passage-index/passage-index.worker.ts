import { toLoremeshError } from '../../domain/kernel/errors.ts'
import { createLocalIndex } from '../../domain/retrieval/local-index.ts'
import { createPacedPassageIndex } from './paced-passage-index.ts'
import { createVectorKernel } from './wasm-vector-kernel.ts'
import type { IndexReply, IndexRequest } from './worker-messages.ts'

const index = createPacedPassageIndex(createLocalIndex(createVectorKernel), nextTurn)

addEventListener('message', ({ data }: MessageEvent<IndexRequest>) => {
  run(data).then(
    (result) => reply({ id: data.id, type: 'done', result }),
    (error: unknown) => {
      const { code, message, hint } = toLoremeshError(error)
      reply({ id: data.id, type: 'failed', code, message, hint })
    },
  )
})

// The browser frees the lock when the worker ends, however it ends, which is how the tab hears of it.
const lock = crypto.randomUUID()
void navigator.locks.request(lock, () => {
  reply({ type: 'running', lock })
  return new Promise<never>(() => undefined)
})

function run(request: IndexRequest): Promise<unknown> {
  switch (request.method) {
    case 'add':
      return index.add(...request.parameters)
    case 'setVectors':
      return index.setVectors(...request.parameters)
    case 'vectorsOf':
      return index.vectorsOf(...request.parameters)
    case 'forgetSpace':
      return index.forgetSpace(...request.parameters)
    case 'remove':
      return index.remove(...request.parameters)
    case 'markShared':
      return index.markShared(...request.parameters)
    case 'search':
      return index.search(...request.parameters)
  }
}

function reply(message: IndexReply): void {
  postMessage(message)
}

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
