import { LoremeshError, toLoremeshError } from '../../domain/kernel/errors.ts'
import { createStaticEmbedding, type StaticEmbedding } from '../../domain/retrieval/static-embedding.ts'
import { STATIC_TABLES_BYTES, parseShippedStaticTables } from '../../domain/retrieval/static-tables.ts'
import tablesUrl from './assets/static-384.bin?url'
import type { EmbeddingReply, EmbeddingRequest } from './worker-messages.ts'

let embedding: Promise<StaticEmbedding> | undefined

addEventListener('message', ({ data }: MessageEvent<EmbeddingRequest>) => {
  void answer(data)
})

async function answer({ id, task }: EmbeddingRequest): Promise<void> {
  try {
    embedding ??= loadEmbedding((share) => reply({ id, type: 'progress', share }))
    const embed = await embedding
    const vectors = task.type === 'embed' ? task.texts.map((text) => embed(text, task.role)) : []
    reply({ id, type: 'done', vectors })
  } catch (error) {
    const { code, message, hint } = toLoremeshError(error)
    reply({ id, type: 'failed', code, message, hint })
  }
}

function reply(message: EmbeddingReply): void {
  const transfer = message.type === 'done' ? message.vectors.map((vector) => vector.buffer) : []
  postMessage(message, { transfer })
}

async function loadEmbedding(onProgress: (share: number) => void): Promise<StaticEmbedding> {
  return createStaticEmbedding(parseShippedStaticTables(await download(onProgress)))
}

async function download(onProgress: (share: number) => void): Promise<Uint8Array> {
  const response = await fetch(tablesUrl)
  if (!response.ok || response.body === null) {
    throw new LoremeshError(
      'not-found',
      `The embedding tables did not load (HTTP ${response.status})`,
      'Reload when you are online',
    )
  }
  const bytes = new Uint8Array(STATIC_TABLES_BYTES)
  const reader = response.body.getReader()
  let received = 0
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    if (received + part.value.length > bytes.length) {
      throw new LoremeshError(
        'bad-content',
        'The embedding tables are too long',
        'Reload, or install Loremesh again',
      )
    }
    bytes.set(part.value, received)
    received += part.value.length
    onProgress(received / bytes.length)
  }
  return bytes
}
