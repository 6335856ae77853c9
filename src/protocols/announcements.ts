import * as v from 'valibot'
import {
  MAX_DESCRIPTORS_ASKED,
  MAX_LISTED_CONTEXTS,
  type AnnouncedContexts,
} from '../domain/content/announced-contexts.ts'
import { contextHashToDigest } from '../domain/content/context-hash.ts'
import { MAX_DESCRIPTOR_BYTES, parseDescriptor } from '../domain/content/descriptor-codec.ts'
import type { SignedDescriptor } from '../domain/content/descriptor.ts'
import { ACCOUNT_BYTES, toAccount } from '../domain/identity/account.ts'
import { encodeCbor } from '../domain/kernel/cbor.ts'
import { LoremeshError } from '../domain/kernel/errors.ts'
import { contextHash, decodeMessage, exactBytes, messageType, parseMessage, someBytes } from './message.ts'

/*
 * /loremesh/announcements/1.0.0: what a linked peer, and those that it is linked with, announced before somebody came who
 * did not hear it. In the envelope of exchange.ts.
 *   1 list                              answer [[author, [digest, …]], …]
 *   2 descriptors  author, [digest, …]  answer [descriptor, …]: the signed bytes of as many as fit, from the first on
 */

export const ANNOUNCEMENTS_PROTOCOL = '/loremesh/announcements/1.0.0'
/** Authors in one list: a peer, and those it is linked with. */
export const MAX_LISTED_AUTHORS = 64
export const MAX_ANNOUNCEMENTS_REQUEST_BYTES = 2_304
/** A list of the most contexts and authors, or 16 descriptors of the largest size and 90 of the usual one. */
export const MAX_ANNOUNCEMENTS_ANSWER_BYTES = 73_728
/** Bytes that CBOR adds: to an array, and to each descriptor. */
const HEADER_BYTES = 3

const TYPE = { list: 1, descriptors: 2 } as const

/** What a peer asks a linked one. */
export type AnnouncementsRequest =
  { readonly type: 'list' } | ({ readonly type: 'descriptors' } & AnnouncedContexts)

const author = v.pipe(
  exactBytes(ACCOUNT_BYTES),
  v.transform((key) => toAccount(key)),
)
const hashes = (max: number) => v.pipe(v.array(contextHash), v.minLength(1), v.maxLength(max))

const listRequestSchema = v.strictTuple([v.literal(TYPE.list)])
const descriptorsRequestSchema = v.strictTuple([
  v.literal(TYPE.descriptors),
  author,
  hashes(MAX_DESCRIPTORS_ASKED),
])
const listSchema = v.pipe(
  v.array(v.strictTuple([author, hashes(MAX_LISTED_CONTEXTS)])),
  v.maxLength(MAX_LISTED_AUTHORS),
)
const descriptorsSchema = v.pipe(v.array(someBytes(MAX_DESCRIPTOR_BYTES)), v.maxLength(MAX_DESCRIPTORS_ASKED))

/** Body of a request. */
export function encodeAnnouncementsRequest(request: AnnouncementsRequest): Uint8Array {
  switch (request.type) {
    case 'list':
      return encodeCbor([TYPE.list])
    case 'descriptors':
      return encodeCbor([TYPE.descriptors, request.author, request.contextHashes.map(contextHashToDigest)])
  }
}

/** Parses a request's body; throws `message-too-large` or `bad-encoding`. */
export function parseAnnouncementsRequest(body: Uint8Array): AnnouncementsRequest {
  const value = decodeMessage(body, MAX_ANNOUNCEMENTS_REQUEST_BYTES)
  switch (messageType(value)) {
    case TYPE.list:
      parseMessage(listRequestSchema, value)
      return { type: 'list' }
    case TYPE.descriptors: {
      const [, account, contextHashes] = parseMessage(descriptorsRequestSchema, value)
      return { type: 'descriptors', author: account, contextHashes }
    }
    default:
      throw new LoremeshError('bad-encoding', 'The message is no question about announcements')
  }
}

/** Body of an answer to `list`; of authors in order that have at most `MAX_LISTED_CONTEXTS` together. */
export function encodeAnnouncedList(announced: readonly AnnouncedContexts[]): Uint8Array {
  return encodeCbor(
    announced
      .slice(0, MAX_LISTED_AUTHORS)
      .map(({ author: account, contextHashes }) => [account, contextHashes.map(contextHashToDigest)]),
  )
}

/** Parses the answer to `list`; throws `message-too-large` or `bad-encoding`. */
export function parseAnnouncedList(body: Uint8Array): readonly AnnouncedContexts[] {
  const value = decodeMessage(body, MAX_ANNOUNCEMENTS_ANSWER_BYTES)
  return parseMessage(listSchema, value).map(([account, contextHashes]) => ({
    author: account,
    contextHashes,
  }))
}

/** Body of an answer to `descriptors`: as many as fit, from the first on. */
export function encodeAnnouncedDescriptors(descriptors: readonly SignedDescriptor[]): Uint8Array {
  let room = MAX_ANNOUNCEMENTS_ANSWER_BYTES - HEADER_BYTES
  const wires: Uint8Array[] = []
  for (const { wire } of descriptors.slice(0, MAX_DESCRIPTORS_ASKED)) {
    room -= wire.length + HEADER_BYTES
    if (room < 0) break
    wires.push(wire)
  }
  return encodeCbor(wires)
}

/**
 * Parses the answer to `descriptors`, none of whose signatures is checked yet. Throws `message-too-large` or
 * `bad-encoding`.
 */
export function parseAnnouncedDescriptors(body: Uint8Array): readonly SignedDescriptor[] {
  const value = decodeMessage(body, MAX_ANNOUNCEMENTS_ANSWER_BYTES)
  return parseMessage(descriptorsSchema, value).map(parseDescriptor)
}
