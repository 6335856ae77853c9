import { createWebCryptoSignatureVerifier } from '../../src/adapters/webcrypto/webcrypto-signature-verifier.ts'
import { describeLedgerVectors } from '../contract/ledger-vectors.contract.ts'

describeLedgerVectors('the ledger in Chromium', createWebCryptoSignatureVerifier())
