import type { SignedMessage } from '../domain/identity/signature.ts'

/** Verifies many signatures without holding up what else goes on; the same rule as `verifySignature`. */
export interface SignatureVerifier {
  /** True when every signature is valid. */
  verify(messages: readonly SignedMessage[]): Promise<boolean>
}
