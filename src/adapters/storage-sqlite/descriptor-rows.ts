import type { SignedDescriptor } from '../../domain/content/descriptor.ts'
import { toAccount } from '../../domain/identity/account.ts'
import { bytesToHexText, hexTextToBytes } from '../../domain/kernel/bytes.ts'

/** A row of `descriptors`. */
export interface DescriptorRow {
  readonly context_hash: string
  readonly author: string
  readonly created_at_ms: number
  /** JSON of the descriptor, without what the columns hold as bytes. */
  readonly record: string
  readonly components: Uint8Array | null
  readonly wire: Uint8Array
}

type DescriptorJson = Omit<SignedDescriptor['descriptor'], 'author' | 'vector'> & {
  readonly vector: { readonly space: string; readonly scale: number } | null
}

/** int8 components as SQLite takes them. */
export function toBlob(values: Int8Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.length)
}

/** int8 components as SQLite gives them. */
export function toComponents(blob: Uint8Array): Int8Array {
  return new Int8Array(blob.buffer, blob.byteOffset, blob.length)
}

/** The row of a descriptor; its keys are the column names. */
export function descriptorToRow({ descriptor, wire }: SignedDescriptor): DescriptorRow {
  const { author, vector, ...rest } = descriptor
  const json: DescriptorJson = { ...rest, vector: vector && { space: vector.space, scale: vector.scale } }
  return {
    context_hash: descriptor.contextHash,
    author: bytesToHexText(author),
    created_at_ms: descriptor.createdAtMs,
    record: JSON.stringify(json),
    components: vector && toBlob(vector.values),
    wire,
  }
}

/** The descriptor of a row. */
export function rowToDescriptor(row: DescriptorRow): SignedDescriptor {
  const { vector, ...rest } = JSON.parse(row.record) as DescriptorJson
  return {
    descriptor: {
      ...rest,
      author: toAccount(hexTextToBytes(row.author)),
      vector: vector && row.components && { ...vector, values: toComponents(row.components) },
    },
    wire: row.wire,
  }
}
