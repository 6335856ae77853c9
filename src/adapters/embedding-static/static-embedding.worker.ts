import { LoremeshError } from '../../domain/kernel/errors.ts'
import { createStaticEmbedding, type StaticEmbedding } from '../../domain/retrieval/static-embedding.ts'
import { parseShippedStaticTables } from '../../domain/retrieval/static-tables.ts'
import { answerCalls } from '../../workers/answer-calls.ts'
import tablesUrl from './assets/static-384.bin?url'

/** Loads with the first call; a worker whose call failed is never called again. */
let embedding: Promise<StaticEmbedding> | undefined

const functions = {
  async embed(texts: readonly string[], role: 'query' | 'passage') {
    embedding ??= loadEmbedding()
    const embed = await embedding
    return texts.map((text) => embed(text, role))
  },
}

export type StaticEmbeddingFunctions = typeof functions

answerCalls(functions, (vectors) => vectors.map(({ buffer }) => buffer))

async function loadEmbedding(): Promise<StaticEmbedding> {
  const response = await fetch(tablesUrl)
  if (!response.ok) {
    throw new LoremeshError(
      'not-found',
      `The embedding tables did not load (HTTP ${response.status})`,
      'Reload when you are online',
    )
  }
  return createStaticEmbedding(parseShippedStaticTables(new Uint8Array(await response.arrayBuffer())))
}
