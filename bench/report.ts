/** A figure of a measurement: one value, or the middle and the 95th percentile of several runs. */
export type Figure =
  | { readonly value: number; readonly unit: string; readonly runs: number }
  | { readonly p50: number; readonly p95: number; readonly unit: string; readonly runs: number }

/** What every bench prints as its last line. */
export interface BenchReport {
  readonly bench: string
  readonly figures: Readonly<Record<string, Figure>>
  readonly rivals: Readonly<Record<string, Figure>>
}

/** The middle and the 95th percentile (nearest rank) of samples. */
export function distribution(samples: readonly number[], unit: string): Figure {
  return { p50: percentile(samples, 0.5), p95: percentile(samples, 0.95), unit, runs: samples.length }
}

/** The middle of samples, for figures where a single value is wanted. */
export function median(samples: readonly number[], unit: string): Figure {
  return { value: percentile(samples, 0.5), unit, runs: samples.length }
}

function percentile(samples: readonly number[], share: number): number {
  const sorted = [...samples].sort((a, b) => a - b)
  const value = sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN
  return Math.round(value * 100) / 100
}

/** Says on stderr how far a measurement is. */
export function progress(message: string): void {
  console.error(message)
}
