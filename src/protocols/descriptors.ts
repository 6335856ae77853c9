import { MAX_DESCRIPTOR_BYTES, parseDescriptor } from '../domain/content/descriptor-codec.ts'
import type { SignedDescriptor } from '../domain/content/descriptor.ts'
import { encodeCbor } from '../domain/kernel/cbor.ts'
import * as v from 'valibot'
import { MAX_GOSSIP_BYTES } from './gossip.ts'
import { decodeMessage, parseMessage, someBytes } from './message.ts'

/*
 * Messages of the topic /loremesh/contexts/1: [descriptor, …], each the signed bytes of one descriptor.
 */

/** Most descriptors in one message. */
export const MAX_DESCRIPTORS_PER_MESSAGE = 32
/** Bytes that CBOR adds: 2 for the array, 3 for each descriptor. */
const ARRAY_HEADER_BYTES = 2
const ITEM_HEADER_BYTES = 3

const batchSchema = v.pipe(
  v.array(someBytes(MAX_DESCRIPTOR_BYTES)),
  v.minLength(1),
  v.maxLength(MAX_DESCRIPTORS_PER_MESSAGE),
)

/** As few messages as hold all descriptors, in order. */
export function encodeDescriptorBatches(descriptors: readonly SignedDescriptor[]): Uint8Array[] {
  const batches: Uint8Array[][] = []
  let room = 0
  for (const { wire } of descriptors) {
    const batch = batches.at(-1)
    room -= wire.length + ITEM_HEADER_BYTES
    if (batch !== undefined && room >= 0 && batch.length < MAX_DESCRIPTORS_PER_MESSAGE) {
      batch.push(wire)
    } else {
      batches.push([wire])
      room = MAX_GOSSIP_BYTES - ARRAY_HEADER_BYTES - wire.length - ITEM_HEADER_BYTES
    }
  }
  return batches.map((batch) => encodeCbor(batch))
}

/**
 * The descriptors of a message, none of whose signatures is checked yet (see `verifyDescriptor`). One bad descriptor
 * spoils the message. Throws `message-too-large` or `bad-encoding`.
 */
export function parseDescriptorBatch(message: Uint8Array): readonly SignedDescriptor[] {
  return parseMessage(batchSchema, decodeMessage(message, MAX_GOSSIP_BYTES)).map(parseDescriptor)
}
