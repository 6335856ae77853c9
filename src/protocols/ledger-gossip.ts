import * as v from 'valibot'
import { topicsOf, type LedgerNews } from '../domain/gossip/ledger-watch.ts'
import type { GossipTopic } from '../domain/gossip/topics.ts'
import { encodeCbor } from '../domain/kernel/cbor.ts'
import { LoremeshError } from '../domain/kernel/errors.ts'
import {
  encodeCertificate,
  MAX_CERTIFICATE_WIRE_BYTES,
  parseCertificate,
} from '../domain/ledger/certificate.ts'
import { encodeSignedCheckpoint, parseSignedCheckpoint } from '../domain/ledger/checkpoint-certificate.ts'
import { MAX_CLAIM_WIRE_BYTES, parseEntry } from '../domain/ledger/entry-codec.ts'
import { encodeFraudProof, parseFraudProof } from '../domain/ledger/fraud-proof.ts'
import { MAX_GOSSIP_BYTES } from './gossip.ts'
import { decodeMessage, messageType, parseMessage, someBytes } from './message.ts'

/*
 * Topic /loremesh/ledger/1, and /loremesh/ledger/1/<shard> for the accounts of a shard:
 *   1 entry         the entry's wire form
 *   2 certificate   the wire form of the certificate that makes an entry final
 * Topic /loremesh/proofs/1:
 *   1 fork          the wire form of a fork proof
 *   2 double vote   the wire form of the evidence
 * Topic /loremesh/checkpoints/1:
 *   the wire form of a checkpoint with its certificate
 */

const TYPE = { entry: 1, certificate: 2 } as const

const entrySchema = v.strictTuple([v.literal(TYPE.entry), someBytes(MAX_CLAIM_WIRE_BYTES)])
const certificateSchema = v.strictTuple([v.literal(TYPE.certificate), someBytes(MAX_CERTIFICATE_WIRE_BYTES)])

/** A message as gossiped on the topics of its subject. */
export function encodeLedgerGossip(news: LedgerNews): Uint8Array {
  switch (news.type) {
    case 'entry':
      return encodeCbor([TYPE.entry, news.signed.wire])
    case 'certificate':
      return encodeCbor([TYPE.certificate, encodeCertificate(news.certificate)])
    case 'fork-proof':
    case 'double-vote':
      return encodeFraudProof(news)
    case 'checkpoint':
      return encodeSignedCheckpoint(news.checkpoint)
  }
}

/**
 * Parses a gossiped message; signatures are not verified yet. Throws `message-too-large`, `bad-encoding`, `bad-input` for
 * what belongs on the topic of another shard, and what `parseEntry`, `parseFraudProof` or `parseSignedCheckpoint` throws.
 */
export function parseLedgerGossip(
  message: Uint8Array,
  topic: Exclude<GossipTopic, 'contexts'> = 'ledger',
): LedgerNews {
  if (topic === 'proofs') return parseFraudProof(message)
  if (topic === 'checkpoints') return { type: 'checkpoint', checkpoint: parseSignedCheckpoint(message) }
  const news = parseEntryOrCertificate(message)
  if (topicsOf(news).includes(topic)) return news
  throw new LoremeshError('bad-input', 'The account belongs to another shard')
}

function parseEntryOrCertificate(message: Uint8Array): LedgerNews {
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
