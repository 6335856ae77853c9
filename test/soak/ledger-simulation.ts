import { distribution, progress, type Figure } from '../../bench/report.ts'
import { runLedgerSimulation } from '../../sim/ledger.ts'
import type { PartReport } from './ledger.ts'

/** Peers, authorities and cheats in virtual time, with the seeds from 1 on. */
export async function soakSimulation(seeds: number): Promise<PartReport> {
  const failures: string[] = []
  const forkProofSeconds: number[] = []
  let worstLoss = 0n
  let creditLine = 0n
  let entries = 0
  for (let seed = 1; seed <= seeds; seed++) {
    const run = await runLedgerSimulation(seed)
    failures.push(...run.violations.map((violation) => `seed ${seed}: ${violation}`))
    forkProofSeconds.push(...run.forkProofSeconds)
    if (run.worstLoss > worstLoss) worstLoss = run.worstLoss
    creditLine = run.creditLine
    entries += run.figures['entries'] ?? 0
    progress(`seed ${seed}/${seeds}: ${run.violations.length} violations, ${run.digest.slice(0, 16)}`)
  }
  const figure = (value: number, unit: string): Figure => ({ value, unit, runs: seeds })
  return {
    figures: {
      simulationSeeds: figure(seeds, 'seeds'),
      simulationEntries: figure(entries, 'entries'),
      worstHonestLossMicroTokens: figure(Number(worstLoss), 'µT'),
      creditLineMicroTokens: figure(Number(creditLine), 'µT'),
      ...(forkProofSeconds.length > 0 && {
        forkProofSeconds: distribution(forkProofSeconds, 's'),
        forkProofMaxSeconds: figure(
          forkProofSeconds.reduce((a, b) => Math.max(a, b)),
          's',
        ),
      }),
    },
    failures,
  }
}
