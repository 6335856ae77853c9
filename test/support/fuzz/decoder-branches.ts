/**
 * Runs the fuzz of the ledger's messages and prints how many branches of their decoders it took, as JSON. Argument: how
 * many cases.
 */
import { withCoverage } from './branch-coverage.ts'
import type { LedgerFuzzReport } from './fuzz-ledger.ts'

const ledger = [
  'account-leaf',
  'account-proof',
  'account-standing',
  'agreement-message',
  'agreement-record',
  'agreement-signature',
  'cbor-fields',
  'certificate',
  'checkpoint-certificate',
  'checkpoint-codec',
  'delivery',
  'double-vote',
  'entry-codec',
  'envelope',
  'fact-codec',
  'fork-proof',
  'fraud-proof',
  'genesis-json',
  'grant',
  'merkle-sum-node',
  'operation-codec',
  'parameter-change',
  'quote',
  'receipt',
  'skip-links',
  'verify-entry',
  'verify-receipt',
  'vote',
  'voucher',
]
const protocols = [
  'authority',
  'exchange',
  'fetch',
  'framing',
  'ledger',
  'ledger-fields',
  'ledger-gossip',
  'ledger-replies',
  'message',
  'network-info',
]
const paths = [
  'src/domain/kernel/cbor.ts',
  ...ledger.map((name) => `src/domain/ledger/${name}.ts`),
  ...protocols.map((name) => `src/protocols/${name}.ts`),
  'signaling/checkpoints/cut.ts',
  'signaling/checkpoints/proposal.ts',
  'signaling/checkpoints/wishes.ts',
]

const [cases = '20000'] = process.argv.slice(2)
let report: LedgerFuzzReport | undefined
const files = await withCoverage(paths, async () => {
  const { fuzzLedger } = await import('./fuzz-ledger.ts')
  report = await fuzzLedger({ cases: Number(cases), seed: 20_260_101 })
})
const branches = files.reduce((sum, file) => sum + file.branches, 0)
const taken = files.reduce((sum, file) => sum + file.taken, 0)
console.log(JSON.stringify({ branches, taken, share: taken / branches, files, failures: report?.failures }))
