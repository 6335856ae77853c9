import { createHash } from 'node:crypto'
import type { SignatureVerifier } from '../../src/domain/identity/signature.ts'
import { LoremeshError } from '../../src/domain/kernel/errors.ts'
import type { Payment } from '../../src/domain/ledger/account-state.ts'
import { certificateSignatures, type Certificate } from '../../src/domain/ledger/certificate.ts'
import { parseEntry } from '../../src/domain/ledger/entry-codec.ts'
import type { EntryHash, SignedEntry } from '../../src/domain/ledger/entry.ts'
import type { Genesis } from '../../src/domain/ledger/genesis.ts'
import { verifyEntry, type VerifiedEntry } from '../../src/domain/ledger/verify-entry.ts'
import type { AuthorityStore } from '../authority-store/authority-store.ts'
import { createBoundedMap } from './bounded-map.ts'
import type { CheckpointView } from './checkpoint-view.ts'
import { readPayments } from './judge-entry.ts'

/** Parses and verifies what comes from outside, each entry once, although it comes for its vote, certified, and in logs. */
export interface EntryVerification {
  /** The entry of a wire form. Throws what `parseEntry` throws. */
  parse(entryWire: Uint8Array): SignedEntry
  /** Throws what `verifyEntry` throws. */
  verify(signed: SignedEntry): Promise<VerifiedEntry>
  /** Verifies an entry with its certificate. Throws `bad-certificate` besides. */
  verifyCertified(signed: SignedEntry, certificate: Certificate): Promise<VerifiedEntry>
}

/** Entries that are remembered, 2 to 10 KB each, for as long as it takes until they are certified. */
const MAX_REMEMBERED = 4_096

/** Verifies by what the store says about payments and checkpoints. */
export function createEntryVerification(components: {
  readonly store: AuthorityStore
  readonly genesis: Genesis
  readonly checkpoints: CheckpointView
  readonly verifier: SignatureVerifier
}): EntryVerification {
  const { store, genesis, checkpoints, verifier } = components
  const remembered = createBoundedMap<string, VerifiedEntry>(MAX_REMEMBERED)

  /** Payments whose payers' vouchers a claim carries. */
  async function readVouched({ entry }: SignedEntry): Promise<ReadonlyMap<EntryHash, Payment>> {
    const { account, operation } = entry
    if (operation.type !== 'claim') return new Map()
    return store.shardOf(account).transaction((transaction) => readPayments(transaction, operation.sources))
  }

  async function verify(signed: SignedEntry): Promise<VerifiedEntry> {
    const name = digestOf(signed.wire)
    const known = remembered.get(name)
    if (known !== undefined) return known
    const payments = await readVouched(signed)
    const { operation, checkpoint } = signed.entry
    const removals = operation.type === 'collect' ? (await checkpoints.termsOf(checkpoint)).removals : []
    const lookup = { genesis, payment: (hash: EntryHash) => payments.get(hash), removals }
    const verified = await verifyEntry(signed, lookup, verifier)
    remembered.set(name, verified)
    return verified
  }

  async function checkCertificate(certificate: Certificate, signed: SignedEntry): Promise<void> {
    const { removals } = await checkpoints.termsOf(signed.entry.checkpoint)
    const signatures = certificateSignatures(certificate, signed, genesis, removals)
    if (await verifier.verify(signatures)) return
    throw new LoremeshError('bad-certificate', 'Not every vote of the certificate is signed by its authority')
  }

  return {
    parse: (entryWire) => remembered.get(digestOf(entryWire)) ?? parseEntry(entryWire),
    verify,
    async verifyCertified(signed, certificate) {
      const [verified] = await Promise.all([verify(signed), checkCertificate(certificate, signed)])
      return verified
    },
  }
}

/** Names an entry's wire form, signature included, which the entry's own hash does not cover. */
export function digestOf(wire: Uint8Array): string {
  return createHash('sha256').update(wire).digest('base64url')
}
