import { progress, type Figure } from '../../bench/report.ts'
import { fuzzLedger } from '../support/fuzz/fuzz-ledger.ts'
import type { PartReport } from './ledger.ts'

const SEED = 20_260_101

/** At least so many messages that are almost right, of every kind, and hostile ones to everything that keeps state. */
export async function soakFuzz(cases: number): Promise<PartReport> {
  const { kinds, services, failures } = await fuzzLedger({ cases, seed: SEED }, (report) => {
    progress(
      `${report.name}: ${report.cases} cases, ${countRefused(report)} refused, slowest ${Math.round(report.slowestMs)} ms`,
    )
  })
  return {
    figures: {
      fuzzKinds: figure(kinds.length, 'kinds'),
      fuzzCases: figure(sum(kinds.map((kind) => kind.cases))),
      fuzzWithinLength: figure(sum(kinds.map((kind) => kind.withinLength))),
      fuzzRefused: figure(sum(kinds.map(countRefused))),
      fuzzUnverified: figure(sum(kinds.map((kind) => kind.unverified))),
      fuzzAccepted: figure(sum(kinds.map((kind) => kind.accepted))),
      fuzzServiceCases: figure(sum(services.map((service) => service.cases))),
      fuzzServiceRefused: figure(sum(services.map(countRefused))),
    },
    failures,
  }
}

function countRefused({ refused }: { readonly refused: Readonly<Record<string, number>> }): number {
  return sum(Object.values(refused))
}

function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0)
}

function figure(value: number, unit = 'cases'): Figure {
  return { value, unit, runs: 1 }
}
