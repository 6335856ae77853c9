import { createWebCryptoSignatureVerifier } from '../../src/adapters/signature-webcrypto/webcrypto-signature-verifier.ts'
import { describeSignatureVerifier } from '../contract/signature-verifier.contract.ts'

describeSignatureVerifier('signatures verified by WebCrypto in Chromium', createWebCryptoSignatureVerifier)
