import {
  createLedgerWatch,
  type LedgerNews,
  type LedgerWatch,
} from '../../../../src/domain/gossip/ledger-watch.ts'
import type { CertifiedEntry } from '../../../../src/domain/ledger/certificate.ts'
import { precommitDigest } from '../../../../src/domain/ledger/checkpoint-certificate.ts'
import { createCheckpoint } from '../../../../src/domain/ledger/checkpoint-codec.ts'
import type { CheckpointHeader, SignedCheckpoint } from '../../../../src/domain/ledger/checkpoint.ts'
import type { SignedEntry } from '../../../../src/domain/ledger/entry.ts'
import type { FraudProof } from '../../../../src/domain/ledger/fraud-proof.ts'
import { ann, authority, genesis, START_MS } from '../../../support/ledger.ts'
import { referenceVerifier } from '../../../support/reference-verifier.ts'
import { certificateOf, entryAt, operations } from '../../../support/slot-entries.ts'

/** Everything that a watch told. */
interface Told {
  readonly frauds: FraudProof[]
  /** How many of these the watch proved itself. */
  own: number
  readonly certified: CertifiedEntry[]
  readonly heights: number[]
}

/** A watch in the network with one authority, at `START_MS`, and what it tells. */
export function openWatch(): LedgerWatch & { readonly told: Told } {
  const told: Told = { frauds: [], own: 0, certified: [], heights: [] }
  const watch = createLedgerWatch(
    { genesis, verifier: referenceVerifier, nowMs: () => START_MS },
    {
      onFraud(fraud, isOwn) {
        told.frauds.push(fraud)
        if (isOwn) told.own++
      },
      onCertified: (certified) => told.certified.push(certified),
      onCheckpoint: ({ header }) => told.heights.push(header.height),
    },
  )
  return { ...watch, told }
}

/** The checkpoint with this header and the only authority's precommit. */
export function signedAt(header: CheckpointHeader): SignedCheckpoint {
  const checkpoint = createCheckpoint(header)
  const { height, network } = checkpoint.header
  const { hash } = checkpoint
  const signature = authority.sign(precommitDigest(network, height, 0, hash))
  return { ...checkpoint, certificate: { height, round: 0, hash, votes: [{ authority: 0, signature }] } }
}

/** Entries of Ann's, another one for every number. */
export const pay = (number: number, seq = 5): SignedEntry => entryAt(ann, seq, operations.pay(number))
export const claim = (number: number, seq = 5): SignedEntry => entryAt(ann, seq, operations.claim(number))

/** An entry as news. */
export const entry = (signed: SignedEntry): LedgerNews => ({ type: 'entry', signed })

/** Its certificate as news. */
export const certificate = (signed: SignedEntry): LedgerNews => ({
  type: 'certificate',
  certificate: certificateOf(signed),
})

/** The entry with a signature that is wrong. */
export const unsigned = (signed: SignedEntry): SignedEntry => ({ ...signed, signature: new Uint8Array(64) })
