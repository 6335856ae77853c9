import type { Figure } from './report.ts'

/** What a figure is to reach: at least or at most this. */
export interface Goal {
  readonly figure: string
  readonly bound: 'least' | 'most'
  readonly value: number
  /** Which of several samples counts; the 95th percentile unless told. */
  readonly at?: 'p50' | 'p95'
}

/** A line for each goal whose figure was measured, which says whether it was met. */
export function judgeGoals(
  figures: Readonly<Record<string, Figure>>,
  goals: readonly Goal[],
): readonly string[] {
  return goals.flatMap(({ figure, bound, value, at = 'p95' }) => {
    const measured = figures[figure]
    if (measured === undefined) return []
    const reached = 'value' in measured ? measured.value : measured[at]
    const isMet = bound === 'least' ? reached >= value : reached <= value
    return [`${isMet ? 'met' : 'MISSED'}: ${figure} ${reached} ${measured.unit}, goal at ${bound} ${value}`]
  })
}
