import * as v from 'valibot'
import { encodeCbor } from '../domain/kernel/cbor.ts'
import { LoremeshError } from '../domain/kernel/errors.ts'
import {
  encodeCertificate,
  MAX_CERTIFICATE_WIRE_BYTES,
  parseCertificate,
  type Certificate,
} from '../domain/ledger/certificate.ts'
import { MAX_CLAIM_WIRE_BYTES, parseEntry } from '../domain/ledger/entry-codec.ts'
import type { SignedEntry } from '../domain/ledger/entry.ts'
import { MAX_GOSSIP_BYTES } from './gossip.ts'
import { decodeMessage, messageType, parseMessage, someBytes } from './message.ts'

/*
 * Topic /loremesh/ledger/1:
 *   1 entry         the entry's wire form
 *   2 certificate   the wire form of the certificate that makes an entry final
 */

const TYPE = { entry: 1, certificate: 2 } as const

/** A message on the ledger topic. */
export type LedgerGossip =
  | { readonly type: 'entry'; readonly signed: SignedEntry }
  | { readonly type: 'certificate'; readonly certificate: Certificate }

const entrySchema = v.strictTuple([v.literal(TYPE.entry), someBytes(MAX_CLAIM_WIRE_BYTES)])
const certificateSchema = v.strictTuple([v.literal(TYPE.certificate), someBytes(MAX_CERTIFICATE_WIRE_BYTES)])

/** A message as gossiped. */
export function encodeLedgerGossip(gossip: LedgerGossip): Uint8Array {
  switch (gossip.type) {
    case 'entry':
      return encodeCbor([TYPE.entry, gossip.signed.wire])
    case 'certificate':
      return encodeCbor([TYPE.certificate, encodeCertificate(gossip.certificate)])
  }
}

/**
 * Parses a gossiped message; signatures are not verified yet. Throws `message-too-large`, `bad-encoding` and what
 * `parseEntry` throws.
 */
export function parseLedgerGossip(message: Uint8Array): LedgerGossip {
  const value = decodeMessage(message, MAX_GOSSIP_BYTES)
  switch (messageType(value)) {
    case TYPE.entry: {
      const [, wire] = parseMessage(entrySchema, value)
      return { type: 'entry', signed: parseEntry(wire) }
    }
    case TYPE.certificate: {
      const [, wire] = parseMessage(certificateSchema, value)
      return { type: 'certificate', certificate: parseCertificate(wire) }
    }
    default:
      throw new LoremeshError('bad-encoding', 'The message is no gossip about the ledger')
  }
}
