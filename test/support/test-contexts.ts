import { hashBytes, type ContextHash } from '../../src/domain/content/context-hash.ts'
import { textToBytes } from '../../src/domain/kernel/bytes.ts'
import { signDescriptor } from '../../src/domain/content/descriptor-codec.ts'
import type { SignedDescriptor } from '../../src/domain/content/descriptor.ts'
import type { Identity } from '../../src/domain/identity/identity.ts'

/** Bytes that differ everywhere, the same for the same seed (a linear congruential generator). */
export function testBytes(length: number, seed = 1): Uint8Array {
  const bytes = new Uint8Array(length)
  let state = seed
  for (let i = 0; i < length; i++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    bytes[i] = state >>> 24
  }
  return bytes
}

/** The hash of context number `n`. */
export function testHash(n: number): ContextHash {
  return hashBytes(textToBytes(`context ${n}`))
}

/** A signed descriptor of a context of this author. */
export function testDescriptor(author: Identity, n: number): SignedDescriptor {
  return signDescriptor(author, {
    contextHash: testHash(n),
    sizeBytes: 1_000,
    title: `Context ${n}`,
    headingPath: ['Guide'],
    description: 'What it is about',
    tags: ['test'],
    references: [],
    documentHash: testHash(0),
    documentTitle: 'Guide',
    documentBytes: 10_000,
    author: author.account,
    createdAtMs: 1_700_000_000_000,
    vector: null,
  })
}

/** True when both contents are the same, compared by hash. */
export function sameContents(a: readonly Uint8Array[], b: readonly Uint8Array[]): boolean {
  const hashes = (contents: readonly Uint8Array[]) => contents.map((bytes) => hashBytes(bytes)).join()
  return hashes(a) === hashes(b)
}
