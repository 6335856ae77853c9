import type { BenchReport } from '../../bench/report.ts'

/** What every long run prints as its last line: a measurement's report, and everything that was not as it must be. */
export interface SoakReport extends BenchReport {
  readonly failures: readonly string[]
}
