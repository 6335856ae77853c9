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

/**
 * The middle and the 95th percentile (nearest rank) of samples. Throws without samples or when one is not a finite
 * number: JSON would make `null` of it, which reads as if nothing had been wrong.
 */
export function distribution(samples: readonly number[], unit: string): Figure {
  return { p50: percentile(samples, 0.5), p95: percentile(samples, 0.95), unit, runs: samples.length }
}

/** The middle of samples, for figures where a single value is wanted. Throws as `distribution` does. */
export function median(samples: readonly number[], unit: string): Figure {
  return { value: percentile(samples, 0.5), unit, runs: samples.length }
}

/** What so large a share of the samples does not exceed (nearest rank). Throws as `distribution` does. */
export function quantile(samples: readonly number[], share: number, unit: string): Figure {
  return { value: percentile(samples, share), unit, runs: samples.length }
}

/** A count or anything else that was not sampled. Throws as `distribution` does. */
export function single(value: number, unit: string, runs = 1): Figure {
  assertMeasured([value])
  return { value: round(value), unit, runs }
}

/** The mean of samples. Throws as `distribution` does. */
export function mean(samples: readonly number[], unit: string): Figure {
  assertMeasured(samples)
  const sum = samples.reduce((total, sample) => total + sample, 0)
  return { value: round(sum / samples.length), unit, runs: samples.length }
}

/** A share of 1, with four digits. Throws as `distribution` does. */
export function shareOf(value: number, runs: number): Figure {
  assertMeasured([value])
  return { value: Math.round(value * 10_000) / 10_000, unit: 'share', runs }
}

function percentile(samples: readonly number[], share: number): number {
  assertMeasured(samples)
  const sorted = samples.toSorted((a, b) => a - b)
  return round(sorted[Math.ceil(sorted.length * share) - 1] ?? Number.NaN)
}

function assertMeasured(samples: readonly number[]): void {
  if (samples.length === 0) throw new Error('Nothing was measured')
  const wrong = samples.find((sample) => !Number.isFinite(sample))
  if (wrong !== undefined) throw new Error(`A sample is ${wrong}`)
}

function round(value: number): number {
  return Math.round(value * 100) / 100
}

/** Says on stderr how far a measurement is. */
export function progress(message: string): void {
  console.error(message)
}
