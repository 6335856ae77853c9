import { isLoremeshError } from '../domain/kernel/errors.ts'
import { parseCertificate, verifyCertificate } from '../domain/ledger/certificate.ts'
import type { SignedEntry } from '../domain/ledger/entry.ts'
import type { Genesis } from '../domain/ledger/genesis.ts'
import type { SignatureVerifier } from '../ports/signature-verifier.ts'
import type { Checkpoints } from './checkpoints.ts'
import type { LedgerView } from './ledger-view.ts'

/**
 * Checks the certificate of an entry of somebody else on which this peer is to rely. An entry may name a checkpoint that is
 * not known here yet, by which votes don't count that seem to: it is asked for, and while no authority answers what is
 * known here has to do. Throws what `parseCertificate` and `verifyCertificate` throw.
 */
export type CheckCertificate = (certificateWire: Uint8Array, signed: SignedEntry) => Promise<void>

/** Creates the check. */
export function createCertificateCheck(components: {
  readonly genesis: Genesis
  readonly signatureVerifier: SignatureVerifier
  readonly view: Pick<LedgerView, 'moment' | 'removals'>
  readonly checkpoints: Pick<Checkpoints, 'learnAt'>
}): CheckCertificate {
  const { genesis, signatureVerifier, view, checkpoints } = components

  async function learnAt(checkpoint: number): Promise<void> {
    try {
      await checkpoints.learnAt(checkpoint)
    } catch (error) {
      if (!isLoremeshError(error)) throw error
    }
  }

  return async (certificateWire, signed) => {
    const certificate = parseCertificate(certificateWire)
    const verify = () => verifyCertificate(certificate, signed, genesis, signatureVerifier, view.removals())
    // First of all, so that only what the authorities have signed is worth a question to them.
    await verify()
    const { checkpoint } = signed.entry
    if (checkpoint <= view.moment().checkpoint) return
    await learnAt(checkpoint)
    await verify()
  }
}
