import type { Identity } from '../../../src/domain/identity/identity.ts'
import type { SignatureVerifier, SignedMessage } from '../../../src/domain/identity/signature.ts'
import { bytesEqual, bytesToHexText } from '../../../src/domain/kernel/bytes.ts'

/**
 * The verifier, with every single answer of it compared with the truth: an Ed25519 signature is genuine when its key
 * makes the same one. Throws where they differ, also for keys that nobody has.
 */
export function createProvenVerifier(
  verifier: SignatureVerifier,
  people: readonly Identity[],
): SignatureVerifier {
  const signers = new Map(people.map((person) => [bytesToHexText(person.account), person]))

  function isGenuine({ account, message, signature }: SignedMessage): boolean {
    const signer = signers.get(bytesToHexText(account))
    return signer !== undefined && bytesEqual(signer.sign(message), signature)
  }

  async function isValid(signed: SignedMessage): Promise<boolean> {
    const isAccepted = await verifier.verify([signed])
    if (isAccepted !== isGenuine(signed)) {
      throw new Error(isAccepted ? 'A forged signature was accepted' : 'A genuine signature was refused')
    }
    return isAccepted
  }

  return {
    async verify(messages) {
      const results = await Promise.all(messages.map(isValid))
      return results.every(Boolean)
    },
  }
}

/** The verifier; what it throws is noted in `faults`, too, for whoever lets nothing through. */
export function withFaults(verifier: SignatureVerifier, faults: unknown[]): SignatureVerifier {
  return {
    async verify(messages) {
      try {
        return await verifier.verify(messages)
      } catch (error) {
        faults.push(error)
        throw error
      }
    },
  }
}
