import type { Context } from '../domain/content/context.ts'
import type { Descriptor } from '../domain/content/descriptor.ts'
import { accountToPeerId } from '../domain/identity/account.ts'
import type { QuantizedVector } from '../domain/retrieval/embedding.ts'
import type { Embedder } from '../ports/embedder.ts'

/** A context of somebody else, of its text and what its descriptor says about it. */
export function describedContext(descriptor: Descriptor, text: string, addedAtMs: number): Context {
  return {
    contextHash: descriptor.contextHash,
    text,
    sizeBytes: descriptor.sizeBytes,
    title: descriptor.title,
    headingPath: descriptor.headingPath,
    tags: descriptor.tags,
    documentHash: descriptor.documentHash,
    documentTitle: descriptor.documentTitle,
    documentBytes: descriptor.documentBytes,
    startByte: 0,
    endByte: descriptor.sizeBytes,
    author: accountToPeerId(descriptor.author),
    origin: 'cached',
    addedAtMs,
  }
}

/**
 * The vector of a descriptor, or null when it has none or one of another space. It is its author's word that the vector
 * is of the space; one of another length can't be, and must not reach an index.
 */
export function describedVector(
  { vector }: Descriptor,
  { space, dimensions }: Pick<Embedder, 'space' | 'dimensions'>,
): QuantizedVector | null {
  return vector?.space === space && vector.values.length === dimensions ? { ...vector, space } : null
}
