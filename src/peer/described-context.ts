import type { Context } from '../domain/content/context.ts'
import type { Descriptor } from '../domain/content/descriptor.ts'
import { accountToPeerId } from '../domain/identity/account.ts'
import type { QuantizedVector, SpaceId } from '../domain/retrieval/embedding.ts'

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

/** The vector of a descriptor, or null when it has none or one of another space. */
export function describedVector({ vector }: Descriptor, space: SpaceId): QuantizedVector | null {
  return vector?.space === space ? { ...vector, space } : null
}
