/**
 * `npm run -s sim -- ledger [--seeds N] [--first SEED] [--json]` simulates the ledger for N seeds, and
 * `npm run -s sim -- ledger --seed SEED` replays one and tells what happens in it. `npm run -s sim -- network` does the same
 * with 1,000 peers that look for one another, and with `--seed` tells the fingerprint of all they decided. With `--json`
 * stdout has one line: a JSON object. Exit status 1 when something happened that never must.
 */
import { parseArgs } from 'node:util'
import { runLedgerSimulation, type LedgerRun } from './ledger.ts'
import { runNetworkSimulation, type NetworkRun } from './network.ts'
import { simulateSeeds, type SeedsReport } from './seeds.ts'

const USAGE =
  'Usage: npm run -s sim -- ledger|network [--seeds N] [--first SEED] [--json] | ledger|network --seed SEED'

function readNumber(text: string): number {
  const number = Number(text)
  if (Number.isSafeInteger(number) && number >= 0) return number
  console.error(USAGE)
  process.exit(2)
}

function reportRun(seed: number, { violations, digest, figures }: LedgerRun): void {
  const { entries = 0, checkpoints = 0, forks = 0, virtualSeconds = 0 } = figures
  console.error(
    `seed ${seed}: ${entries} entries, ${checkpoints} checkpoints, ${forks} forks in ${virtualSeconds} s, ` +
      `digest ${digest.slice(0, 16)}, ${violations.length === 0 ? 'all is well' : 'FAILED'}`,
  )
  for (const violation of violations) console.error(`  ${violation}`)
}

function reportAll({ seeds, failures, failedSeeds, figures, ...report }: SeedsReport): void {
  const { worstFork, forkProofSeconds } = report
  console.log(
    `${seeds} seeds, ${failures} of which failed${failures === 0 ? '' : `: ${failedSeeds.join(', ')}`}`,
  )
  console.log(
    `An honest payee lost ${report.worstHonestLossMicroTokens} µT to one double spender at most; its credit line is ` +
      `${report.creditLineMicroTokens} µT`,
  )
  console.log(
    `All payees lost ${worstFork.lossMicroTokens} µT to one at most, which had reached ${worstFork.payeesReached}`,
  )
  console.log(
    `A fork proof was everywhere after ${forkProofSeconds.p50} s (p50), ${forkProofSeconds.max} s (max)`,
  )
  for (const [name, count] of Object.entries(figures)) console.log(`  ${name}: ${count}`)
}

async function replay(seed: number): Promise<boolean> {
  const run = await runLedgerSimulation(seed, (line) => console.log(line))
  reportRun(seed, run)
  return run.violations.length === 0
}

async function simulate(seeds: number, first: number, asJson: boolean): Promise<boolean> {
  const report = await simulateSeeds({ seeds, first }, reportRun)
  if (asJson) console.log(JSON.stringify(report))
  else reportAll(report)
  return report.failures === 0
}

function reportNetworkRun(seed: number, { fingerprint, violations, figures }: NetworkRun): void {
  const { questions = 0, answeredShare = 0, answeredShareWithoutServer = 0 } = figures
  console.error(
    `seed ${seed}: ${questions} questions, ${(answeredShare * 100).toFixed(1)} % answered, without the server ` +
      `${(answeredShareWithoutServer * 100).toFixed(1)} %, fingerprint ${fingerprint.slice(0, 16)}, ` +
      (violations.length === 0 ? 'all is well' : 'FAILED'),
  )
  for (const violation of violations) console.error(`  ${violation}`)
}

function simulateNetwork(seeds: readonly number[], asJson: boolean): boolean {
  const runs = seeds.map((seed) => ({ seed, ...runNetworkSimulation(seed) }))
  for (const { seed, ...run } of runs) reportNetworkRun(seed, run)
  if (asJson) console.log(JSON.stringify({ runs }))
  else for (const { figures } of runs) console.log(figures)
  return runs.every(({ violations }) => violations.length === 0)
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seeds: { type: 'string', default: '10' },
    first: { type: 'string', default: '1' },
    seed: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
})
const [simulation = ''] = positionals
if (simulation !== 'ledger' && simulation !== 'network') {
  console.error(USAGE)
  process.exit(2)
}
const [count, first] = [Math.max(1, readNumber(values.seeds)), readNumber(values.first)]
const single = values.seed === undefined ? undefined : readNumber(values.seed)
const seeds = single === undefined ? Array.from({ length: count }, (_, at) => first + at) : [single]
let isWell: boolean
if (simulation === 'network') isWell = simulateNetwork(seeds, values.json)
else isWell = single === undefined ? await simulate(count, first, values.json) : await replay(single)
process.exit(isWell ? 0 : 1)
