import { toLoremeshError } from '../../domain/kernel/errors.ts'
import { countO200k } from './count-o200k.ts'
import type { CountReply, CountRequest } from './worker-messages.ts'

addEventListener('message', ({ data }: MessageEvent<CountRequest>) => postMessage(answer(data)))

function answer({ id, texts }: CountRequest): CountReply {
  try {
    return { id, type: 'done', counts: texts.map(countO200k) }
  } catch (error) {
    return { id, type: 'failed', message: toLoremeshError(error).message }
  }
}
