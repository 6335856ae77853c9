import { ACCOUNT_BYTES, toAccount } from '../identity/account.ts'
import type { Identity } from '../identity/identity.ts'
import { SIGNATURE_BYTES, verifySignature , type SignedMessage } from '../identity/signature.ts'
import { bytesEqual } from '../kernel/bytes.ts'
import { decodeCbor, encodeCbor, type CborValue } from '../kernel/cbor.ts'
import { LoremeshError } from '../kernel/errors.ts'
import { taggedDigest } from '../kernel/hashing.ts'
import { contextHashToDigest, digestToContextHash, MAX_CONTEXT_BYTES, type ContextHash } from './context-hash.ts'
import type { Descriptor, DescriptorVector, SignedDescriptor } from './descriptor.ts'
import { isPrintable } from './printable.ts'
import { MAX_TAG_BYTES, MAX_TAGS } from './tags.ts'
import { utf8Length } from './utf8.ts'

const VERSION = 1
const DIGEST_BYTES = 32

/** Largest signed descriptor; a descriptor that keeps to `DESCRIPTOR_LIMITS` is always smaller. */
export const MAX_DESCRIPTOR_BYTES = 4096

/** Caps of the parts of a descriptor; texts in UTF-8 bytes. */
export const DESCRIPTOR_LIMITS = {
  titleBytes: 200,
  headings: 6,
  headingBytes: 120,
  descriptionBytes: 160,
  tags: MAX_TAGS,
  tagBytes: MAX_TAG_BYTES,
  references: 16,
  spaceBytes: 100,
  dimensions: 1024,
  /** Length of a vector, which is 1 but for rounding; a longer one would outrank every honest one. */
  norm: 1.05,
  /** Documents and times beyond these are mistakes. */
  documentBytes: 2 ** 32,
  createdAtMs: 2 ** 48,
} as const

/** Signs a descriptor. Throws `bad-input` when another account is its author, `bad-encoding` when a part is over its cap. */
export function signDescriptor(identity: Identity, descriptor: Descriptor): SignedDescriptor {
  if (!bytesEqual(identity.account, descriptor.author)) {
    throw new LoremeshError('bad-input', 'A descriptor is signed by its author')
  }
  const body = encodeBody(descriptor)
  parseBody(body)
  const wire = encodeCbor([body, identity.sign(taggedDigest('descriptor', body))])
  return { descriptor, wire }
}

/**
 * The descriptor in bytes that came from anywhere. Its signature is not checked yet: see `verifyDescriptor`. Throws
 * `message-too-large` or `bad-encoding`.
 */
export function parseDescriptor(wire: Uint8Array): SignedDescriptor {
  const [body] = parseEnvelope(wire)
  return { descriptor: parseBody(body), wire }
}

/** What the author of a descriptor is said to have signed. */
export function signedPartOf({ descriptor, wire }: SignedDescriptor): SignedMessage {
  const [body, signature] = parseEnvelope(wire)
  return { account: descriptor.author, message: taggedDigest('descriptor', body), signature }
}

/** Throws `bad-signature` unless the author signed exactly these bytes. */
export function verifyDescriptor(signed: SignedDescriptor): void {
  const { account, message, signature } = signedPartOf(signed)
  if (!verifySignature(account, message, signature)) {
    throw new LoremeshError('bad-signature', 'The descriptor is not signed by its author')
  }
}

function parseEnvelope(wire: Uint8Array): readonly [body: Uint8Array, signature: Uint8Array] {
  if (wire.length > MAX_DESCRIPTOR_BYTES) {
    throw new LoremeshError('message-too-large', `A descriptor has at most ${MAX_DESCRIPTOR_BYTES} bytes`)
  }
  const [body, signature] = readTuple(decodeCbor(wire), 2, 'envelope')
  if (!(body instanceof Uint8Array)) throw malformed('body')
  return [body, readBytes(signature, SIGNATURE_BYTES, 'signature')]
}

function encodeBody(descriptor: Descriptor): Uint8Array {
  const { vector } = descriptor
  return encodeCbor([
    VERSION,
    contextHashToDigest(descriptor.contextHash),
    descriptor.sizeBytes,
    descriptor.title,
    descriptor.headingPath,
    descriptor.description,
    descriptor.tags,
    descriptor.references.map(contextHashToDigest),
    contextHashToDigest(descriptor.documentHash),
    descriptor.documentTitle,
    descriptor.documentBytes,
    descriptor.author,
    descriptor.createdAtMs,
    vector === null ? null : [vector.space, new Uint8Array(vector.values), vector.scale],
  ])
}

function parseBody(body: Uint8Array): Descriptor {
  const limits = DESCRIPTOR_LIMITS
  const decoded = decodeCbor(body)
  if (Array.isArray(decoded) && decoded[0] !== VERSION) {
    throw new LoremeshError('unsupported', 'The descriptor is of a version that is not known here')
  }
  const fields = readTuple(decoded, 14, 'body')
  return {
    contextHash: readHash(fields[1], 'context hash'),
    sizeBytes: readInteger(fields[2], MAX_CONTEXT_BYTES, 'size'),
    title: readText(fields[3], limits.titleBytes, 'title'),
    headingPath: readList(fields[4], limits.headings, 'heading path').map((heading) =>
      readText(heading, limits.headingBytes, 'heading'),
    ),
    description: readText(fields[5], limits.descriptionBytes, 'description'),
    tags: readList(fields[6], limits.tags, 'tags').map((tag) => readText(tag, limits.tagBytes, 'tag')),
    references: readList(fields[7], limits.references, 'references').map((hash) => readHash(hash, 'reference')),
    documentHash: readHash(fields[8], 'document hash'),
    documentTitle: readText(fields[9], limits.titleBytes, 'document title'),
    documentBytes: readInteger(fields[10], limits.documentBytes, 'document size'),
    author: toAccount(readBytes(fields[11], ACCOUNT_BYTES, 'author')),
    createdAtMs: readInteger(fields[12], limits.createdAtMs, 'time'),
    vector: fields[13] === null ? null : readVector(fields[13]),
  }
}

function readVector(value: Field): DescriptorVector {
  const [space, bytes, scale] = readTuple(value, 3, 'vector')
  if (!(bytes instanceof Uint8Array) || bytes.length === 0 || bytes.length > DESCRIPTOR_LIMITS.dimensions) {
    throw malformed('vector')
  }
  const values = Int8Array.from(bytes)
  const norm = typeof scale === 'number' ? Math.hypot(...values) * scale : NaN
  if (typeof scale !== 'number' || !(scale >= 0) || !(norm <= DESCRIPTOR_LIMITS.norm)) {
    throw malformed('length of the vector')
  }
  return { space: readText(space, DESCRIPTOR_LIMITS.spaceBytes, 'vector space'), values, scale }
}

type Field = CborValue | undefined

function readTuple(value: Field, length: number, name: string): readonly CborValue[] {
  if (!isArray(value) || value.length !== length) throw malformed(name)
  return value
}

function readList(value: Field, max: number, name: string): readonly CborValue[] {
  if (!isArray(value) || value.length > max) throw malformed(name)
  return value
}

function readBytes(value: Field, length: number, name: string): Uint8Array {
  if (!(value instanceof Uint8Array) || value.length !== length) throw malformed(name)
  return value
}

function readHash(value: Field, name: string): ContextHash {
  return digestToContextHash(readBytes(value, DIGEST_BYTES, name))
}

function readInteger(value: Field, max: number, name: string): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0 || value > max) throw malformed(name)
  return value
}

/** One printable line of at most `maxBytes`. */
function readText(value: Field, maxBytes: number, name: string): string {
  if (typeof value !== 'string' || utf8Length(value) > maxBytes || !isPrintable(value)) throw malformed(name)
  return value
}

function isArray(value: Field): value is readonly CborValue[] {
  return Array.isArray(value)
}

function malformed(part: string): LoremeshError {
  return new LoremeshError('bad-encoding', `The ${part} of a descriptor is malformed or over its limit`)
}
