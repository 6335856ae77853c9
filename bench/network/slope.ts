/** A straight line's rise, and the interval that holds the true one in 95 of 100 cases. */
export interface Slope {
  readonly perHour: number
  readonly low: number
  readonly high: number
}

/** A value at a moment. */
export interface Sample {
  readonly atMs: number
  readonly value: number
}

/** Samples that the interval is made for. */
export const SLOPE_SAMPLES = 10
/** Quantile .975 of Student's t with 8 degrees of freedom: ten samples, less the two parameters of the line. */
const STUDENT_T_8 = 2.306
const HOUR_MS = 3_600_000

/**
 * The least-squares line through ten samples. Its interval takes deviations from the line for independent and normal
 * (Draper and Smith, Applied Regression Analysis, 1.4). Throws with another number of samples.
 */
export function slopeOf(samples: readonly Sample[]): Slope {
  if (samples.length !== SLOPE_SAMPLES) throw new Error(`A slope takes ${SLOPE_SAMPLES} samples`)
  const meanMs = samples.reduce((sum, { atMs }) => sum + atMs, 0) / SLOPE_SAMPLES
  const mean = samples.reduce((sum, { value }) => sum + value, 0) / SLOPE_SAMPLES
  const spread = samples.reduce((sum, { atMs }) => sum + (atMs - meanMs) ** 2, 0)
  const slope = samples.reduce((sum, { atMs, value }) => sum + (atMs - meanMs) * (value - mean), 0) / spread
  const squares = samples.reduce(
    (sum, { atMs, value }) => sum + (value - mean - slope * (atMs - meanMs)) ** 2,
    0,
  )
  const error = STUDENT_T_8 * Math.sqrt(squares / (SLOPE_SAMPLES - 2) / spread)
  return { perHour: slope * HOUR_MS, low: (slope - error) * HOUR_MS, high: (slope + error) * HOUR_MS }
}
