import { bytesToHexText } from '../kernel/bytes.ts'
import { encodeCbor } from '../kernel/cbor.ts'
import { taggedDigest } from '../kernel/hashing.ts'
import type { SpaceId } from './embedding.ts'

/** Everything on which the vectors of a space depend. */
type SpaceDefinition = Readonly<Record<string, string | number>>

/** `<name>-<16 hexadecimal digits of the tagged digest of the definition's fields, sorted by name>`. */
export function toSpaceId(name: string, definition: SpaceDefinition): SpaceId {
  const fields = Object.entries(definition).sort(([a], [b]) => (a < b ? -1 : 1))
  const digest = taggedDigest('space', encodeCbor(fields))
  return `${name}-${bytesToHexText(digest).slice(0, 16)}` as SpaceId
}
