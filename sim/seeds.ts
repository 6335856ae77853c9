import { runLedgerSimulation, type LedgerRun } from './ledger.ts'

/** What the runs of many seeds came to. Amounts in µT. */
export interface SeedsReport {
  readonly seeds: number
  /** Seeds in which something happened that never must. */
  readonly failures: number
  readonly failedSeeds: readonly number[]
  /** The most that one honest payee lost to one who spent twice, and the most that it may lose. */
  readonly worstHonestLossMicroTokens: string
  readonly creditLineMicroTokens: string
  /** Of the fork that cost honest payees most altogether: how much, and how many it had reached before its proof. */
  readonly worstFork: { readonly lossMicroTokens: string; readonly payeesReached: number }
  /** From the moment on which a fork could be proven until a live node knew it, over all forks and nodes. */
  readonly forkProofSeconds: { readonly p50: number; readonly max: number }
  /** Sums by name, which show that something happened at all. */
  readonly figures: Readonly<Record<string, number>>
}

/** Runs the simulation for so many seeds from `first` on, one after another; `onRun` is told of each. */
export async function simulateSeeds(
  { seeds, first = 1 }: { readonly seeds: number; readonly first?: number },
  onRun: (seed: number, run: LedgerRun) => void = () => undefined,
): Promise<SeedsReport> {
  const runs: LedgerRun[] = []
  const failedSeeds: number[] = []
  for (let seed = first; seed < first + seeds; seed++) {
    const run = await runLedgerSimulation(seed)
    onRun(seed, run)
    runs.push(run)
    if (run.violations.length > 0) failedSeeds.push(seed)
  }
  const seconds = runs.flatMap(({ forkProofSeconds }) => forkProofSeconds).sort((a, b) => a - b)
  const worst = runs.reduce((a, b) => (b.worstFork.loss > a.worstFork.loss ? b : a)).worstFork
  return {
    seeds,
    failures: failedSeeds.length,
    failedSeeds,
    worstHonestLossMicroTokens: String(
      runs.reduce((most, { worstLoss }) => (worstLoss > most ? worstLoss : most), 0n),
    ),
    creditLineMicroTokens: String(runs[0]?.creditLine ?? 0n),
    worstFork: { lossMicroTokens: String(worst.loss), payeesReached: worst.payeesReached },
    forkProofSeconds: { p50: percentile(seconds, 0.5), max: percentile(seconds, 1) },
    figures: sumByName(runs.map(({ figures }) => figures)),
  }
}

/** By nearest rank; fails without values, for a run without forks shows nothing. */
function percentile(sorted: readonly number[], share: number): number {
  const value = sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)]
  if (value === undefined) throw new Error('There is nothing to rank')
  return value
}

function sumByName(all: readonly Readonly<Record<string, number>>[]): Record<string, number> {
  const sums: Record<string, number> = {}
  for (const figures of all) {
    for (const [name, count] of Object.entries(figures)) sums[name] = (sums[name] ?? 0) + count
  }
  return sums
}
