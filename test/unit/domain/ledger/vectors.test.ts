import { describeLedgerVectors } from '../../../contract/ledger-vectors.contract.ts'
import { referenceVerifier } from '../../../support/reference-verifier.ts'

describeLedgerVectors('the ledger in Node', referenceVerifier)
