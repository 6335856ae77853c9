import type { Identity } from '../identity/identity.ts'
import { DESCRIPTOR_LIMITS, signDescriptor } from './descriptor-codec.ts'
import type { ContextHash } from './context-hash.ts'
import type { Context } from './context.ts'
import type { DescriptorVector, SignedDescriptor } from './descriptor.ts'
import { toPrintable } from './printable.ts'
import { normalizeTags } from './tags.ts'

/**
 * What `identity` tells others about a context that it shares: titles, headings and tags, clipped to the caps of a
 * descriptor. Nothing of the text itself goes in, which would be given away unpaid; so the description is empty.
 */
export function describeContext(
  context: Context,
  vector: DescriptorVector | null,
  references: readonly ContextHash[],
  identity: Identity,
  createdAtMs: number,
): SignedDescriptor {
  const limits = DESCRIPTOR_LIMITS
  return signDescriptor(identity, {
    contextHash: context.contextHash,
    sizeBytes: context.sizeBytes,
    title: toPrintable(context.title, limits.titleBytes),
    headingPath: context.headingPath
      .slice(-limits.headings)
      .map((heading) => toPrintable(heading, limits.headingBytes)),
    description: '',
    tags: normalizeTags(context.tags),
    references: [...new Set(references)].slice(0, limits.references),
    documentHash: context.documentHash,
    documentTitle: toPrintable(context.documentTitle, limits.titleBytes),
    documentBytes: context.documentBytes,
    author: identity.account,
    createdAtMs,
    vector,
  })
}
