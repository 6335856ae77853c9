/**
 * `npm run -s sim -- ledger [--seeds N] [--first SEED] [--json]`: runs a simulation for N seeds. The last line on stdout is
 * JSON, progress goes to stderr unless `--json` is given. Exit status 1 when something happened that never must.
 */
import { parseArgs } from 'node:util'
import { runLedgerSimulation, type LedgerRun } from './ledger.ts'

const simulations: Readonly<Record<string, (seed: number) => Promise<LedgerRun>>> = {
  ledger: (seed) => runLedgerSimulation(seed),
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seeds: { type: 'string', default: '10' },
    first: { type: 'string', default: '1' },
    json: { type: 'boolean', default: false },
  },
})
const [name = ''] = positionals
const simulate = simulations[name]
const [seeds, first] = [Number(values.seeds), Number(values.first)]
if (simulate === undefined || !Number.isSafeInteger(seeds) || seeds < 1 || !Number.isSafeInteger(first)) {
  console.error(
    `Usage: npm run -s sim -- ${Object.keys(simulations).join(' | ')} [--seeds N] [--first SEED] [--json]`,
  )
  process.exit(2)
}

const failedSeeds: number[] = []
const sums: Record<string, number> = {}
const proofSeconds: number[] = []
let worstLoss = 0n
let creditLine = 0n
for (let seed = first; seed < first + seeds; seed++) {
  const run = await simulate(seed)
  const { violations, digest, figures } = run
  proofSeconds.push(...run.forkProofSeconds)
  if (run.worstLoss > worstLoss) worstLoss = run.worstLoss
  creditLine = run.creditLine
  if (violations.length > 0) failedSeeds.push(seed)
  for (const [figure, count] of Object.entries(figures)) sums[figure] = (sums[figure] ?? 0) + count
  if (!values.json)
    console.error(`seed ${seed}: ${JSON.stringify({ digest: digest.slice(0, 16), ...figures })}`)
  for (const violation of violations) console.error(`seed ${seed}: ${violation}`)
}
proofSeconds.sort((a, b) => a - b)
const report = {
  sim: name,
  seeds,
  failures: failedSeeds.length,
  failedSeeds,
  worstHonestLossMicroTokens: worstLoss.toString(),
  creditLineMicroTokens: creditLine.toString(),
  forkProofSeconds: {
    p50: proofSeconds[Math.floor(proofSeconds.length / 2)] ?? null,
    max: proofSeconds.at(-1) ?? null,
  },
  figures: sums,
}
console.log(JSON.stringify(report))
process.exit(failedSeeds.length === 0 ? 0 : 1)
