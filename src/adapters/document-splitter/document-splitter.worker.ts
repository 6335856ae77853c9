import { makeContexts } from '../../domain/graph/make-contexts.ts'
import { toLoremeshError } from '../../domain/kernel/errors.ts'
import type { SplitReply, SplitRequest } from './worker-messages.ts'

const PART = 1_000

const reply = (message: SplitReply): void => self.postMessage(message)

self.addEventListener('message', ({ data }: MessageEvent<SplitRequest>) => {
  try {
    const { document, contexts, edges } = makeContexts(data.parsed, data.source)
    for (let start = 0; start < Math.max(contexts.length, edges.length); start += PART) {
      const end = start + PART
      reply({ type: 'part', contexts: contexts.slice(start, end), edges: edges.slice(start, end) })
    }
    reply({ type: 'document', document })
  } catch (error) {
    reply({ type: 'failed', message: toLoremeshError(error).message })
  }
})
