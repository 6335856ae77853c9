import { createNativeSignatureVerifier } from '../../signaling/native-signatures.ts'
import { isSigned } from '../../signaling/signature-check.ts'
import { createWebCryptoSignatureVerifier } from '../../src/adapters/webcrypto/webcrypto-signature-verifier.ts'
import { describeSignatureVerifier } from './signature-verifier.contract.ts'

describeSignatureVerifier('signatures verified by WebCrypto in Node', createWebCryptoSignatureVerifier)

describeSignatureVerifier('signatures verified without WebCrypto', () =>
  createWebCryptoSignatureVerifier({
    importKey: () => Promise.reject(new DOMException('There is no Ed25519', 'NotSupportedError')),
    verify: () => Promise.reject(new Error('There is no key to verify with')),
  }),
)

describeSignatureVerifier('signatures verified by the server', () => ({
  verify: (messages) => Promise.resolve(messages.every(isSigned)),
}))

describeSignatureVerifier('signatures verified by authorities', createNativeSignatureVerifier)
