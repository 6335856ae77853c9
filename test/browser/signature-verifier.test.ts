import { createWebCryptoSignatureVerifier } from '../../src/adapters/webcrypto/webcrypto-signature-verifier.ts'
import { describeSignatureVerifier } from '../contract/signature-verifier.contract.ts'

describeSignatureVerifier('signatures verified by WebCrypto in Chromium', createWebCryptoSignatureVerifier)
