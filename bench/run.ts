/**
 * `npm run -s bench -- NAME [--small] [--part PART]`: runs a measurement; the last line on stdout is its JSON, progress goes
 * to stderr. `--small` is for a quick look at whether everything runs, where the measurement has sizes; `ledger-authorities`
 * is the part of `ledger` that needs no browser; only `network` has parts that can be named.
 */
import { parseArgs } from 'node:util'
import { fullAskSizes, measureAsk, smallAskSizes } from './ask.ts'
import { measureCache } from './cache.ts'
import { fullIngestSizes, measureIngestion, smallIngestSizes } from './ingest.ts'
import { fullSizes, measureAuthoritiesOnly, measureLedger, smallSizes } from './ledger.ts'
import { measureMainJob } from './main-job.ts'
import { measureNetwork, networkPartNames } from './network.ts'
import type { BenchReport } from './report.ts'
import { measureRetrieval } from './retrieval.ts'
import { fullVectorSizes, measureVectors, smallVectorSizes } from './vectors.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { small: { type: 'boolean', default: false }, part: { type: 'string' } },
})
const part = networkPartNames.find((known) => known === values.part)

const benches: Readonly<Record<string, (isSmall: boolean) => Promise<BenchReport>>> = {
  'main-job': () => measureMainJob(),
  ask: (isSmall) => measureAsk(isSmall ? smallAskSizes : fullAskSizes),
  cache: () => measureCache(),
  ingest: (isSmall) => measureIngestion(isSmall ? smallIngestSizes : fullIngestSizes),
  retrieval: () => measureRetrieval(),
  ledger: (isSmall) => measureLedger(isSmall ? smallSizes : fullSizes),
  vectors: (isSmall) => measureVectors(isSmall ? smallVectorSizes : fullVectorSizes),
  network: (isSmall) => measureNetwork(isSmall, part),
  'ledger-authorities': (isSmall) => measureAuthoritiesOnly(isSmall ? smallSizes : fullSizes),
}

const [name = ''] = positionals
const measure = benches[name]
if (measure === undefined || part !== values.part || (part !== undefined && name !== 'network')) {
  console.error(
    `Usage: npm run -s bench -- ${Object.keys(benches).join(' | ')} [--small]\n` +
      `       npm run -s bench -- network --part ${networkPartNames.join('|')} [--small]`,
  )
  process.exit(2)
}
console.log(JSON.stringify(await measure(values.small)))
process.exit(0)
