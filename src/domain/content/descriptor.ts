import type { Account } from '../identity/account.ts'
import type { ContextHash } from './context-hash.ts'

/** An int8 vector as a descriptor carries it: component i is `values[i] * scale`. */
export interface DescriptorVector {
  readonly space: string
  readonly values: Int8Array
  readonly scale: number
}

/** What an author says about a shared context, so that peers can find it without its text. */
export interface Descriptor {
  readonly contextHash: ContextHash
  readonly sizeBytes: number
  readonly title: string
  readonly headingPath: readonly string[]
  /** At most 160 characters of plain text about the context; empty when there is nothing to say. */
  readonly description: string
  readonly tags: readonly string[]
  readonly references: readonly ContextHash[]
  readonly documentHash: ContextHash
  readonly documentTitle: string
  readonly documentBytes: number
  readonly author: Account
  readonly createdAtMs: number
  readonly vector: DescriptorVector | null
}

/** A descriptor with its exact signed bytes, as gossiped and stored: cbor([body, signature]). */
export interface SignedDescriptor {
  readonly descriptor: Descriptor
  readonly wire: Uint8Array
}
