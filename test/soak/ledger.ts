import { progress, type Figure } from '../../bench/report.ts'
import { soakFuzz } from './ledger-fuzz.ts'
import { soakSimulation } from './ledger-simulation.ts'
import { soakTabs } from './ledger-tabs.ts'
import type { SoakReport } from './soak-report.ts'

/** How much of what is run. */
export interface LedgerSoakOptions {
  /** Only this part of it; all of them unless told. */
  readonly part: LedgerPart | undefined
  /** Seeds of the simulation. */
  readonly seeds: number
  /** Races of two tabs, and kills of a browser. */
  readonly runs: number
  /** Almost valid messages, of all kinds together. */
  readonly cases: number
}

/** What a part found. */
export interface PartReport {
  readonly figures: Readonly<Record<string, Figure>>
  readonly failures: readonly string[]
}

const parts = {
  sim: ({ seeds }: LedgerSoakOptions) => soakSimulation(seeds),
  tabs: ({ runs }: LedgerSoakOptions) => soakTabs(runs),
  fuzz: ({ cases }: LedgerSoakOptions) => soakFuzz(cases),
}

export type LedgerPart = keyof typeof parts

/** The parts by name. */
export const ledgerParts = Object.keys(parts) as readonly LedgerPart[]

/** The ledger under everything that can happen to it, at full size: a simulation, real tabs, and hostile messages. */
export async function soakLedger(options: LedgerSoakOptions): Promise<SoakReport> {
  const figures: Record<string, Figure> = {}
  const failures: string[] = []
  for (const part of options.part === undefined ? ledgerParts : [options.part]) {
    const startMs = performance.now()
    const report = await parts[part](options)
    const minutes = (performance.now() - startMs) / 60_000
    progress(`${part}: ${report.failures.length} failures in ${minutes.toFixed(1)} minutes`)
    Object.assign(figures, report.figures)
    figures[`${part}Minutes`] = { value: Math.round(minutes * 10) / 10, unit: 'minutes', runs: 1 }
    failures.push(...report.failures.map((failure) => `${part}: ${failure}`))
  }
  return { bench: 'soak-ledger', figures, rivals: {}, failures }
}
