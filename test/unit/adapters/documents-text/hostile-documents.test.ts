import { expect, test } from 'vitest'
import { createTextDocumentParser } from '../../../../src/adapters/documents-text/text-document-parser.ts'
import { MAX_CHUNK_BYTES } from '../../../../src/domain/content/chunk.ts'
import { hashText } from '../../../../src/domain/content/context-hash.ts'
import { makeContexts } from '../../../../src/domain/graph/make-contexts.ts'
import { createIdentity } from '../../../../src/domain/identity/identity.ts'
import { isLoremeshError } from '../../../../src/domain/kernel/errors.ts'
import { HOSTILE_SHAPES } from '../../../support/documents/hostile-shapes.ts'

/** Of the full size, which `npm run -s soak -- documents` reads. */
const SHARE = 0.1

const parser = createTextDocumentParser()
const author = createIdentity(new Uint8Array(32).fill(5)).peerId

test.each(HOSTILE_SHAPES)('$path, $shape, ends in contexts or a refusal in time', async ({ path, text }) => {
  const bytes = new TextEncoder().encode(text(SHARE))
  try {
    const parsed = await parser.parse({ path, bytes })
    const made = makeContexts(parsed, { path, author, addedAtMs: 0, origin: 'own', visibility: 'private' })
    expect(made.contexts.length).toBeGreaterThan(0)
    for (const { sizeBytes } of made.contexts) expect(sizeBytes).toBeLessThanOrEqual(MAX_CHUNK_BYTES)
    expect(made.document.documentHash).toBe(hashText(parsed.text))
  } catch (error) {
    if (!isLoremeshError(error)) throw error
  }
})
