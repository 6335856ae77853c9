import type { Figure } from './report.ts'

/** What a figure is to reach: at least or at most this; of several samples the 95th percentile counts. */
export interface Goal {
  readonly figure: string
  readonly bound: 'least' | 'most'
  readonly value: number
}

/** The goals of the ledger's bench, in the figures' units. */
export const ledgerGoals: readonly Goal[] = [
  { figure: 'tabEntriesPerSecond', bound: 'least', value: 2_000 },
  { figure: 'certifiedPerSecond', bound: 'least', value: 200 },
  { figure: 'certificateMs', bound: 'most', value: 300 },
  { figure: 'catchUp10kMs', bound: 'most', value: 8_000 },
  { figure: 'weekAwayBytes', bound: 'most', value: 150_000 },
  { figure: 'weekAwayMs', bound: 'most', value: 3_000 },
  { figure: 'bytesPerEntry', bound: 'most', value: 400 },
]

/** A line for each goal whose figure was measured, which says whether it was met. */
export function judgeGoals(
  figures: Readonly<Record<string, Figure>>,
  goals: readonly Goal[] = ledgerGoals,
): readonly string[] {
  return goals.flatMap(({ figure, bound, value }) => {
    const measured = figures[figure]
    if (measured === undefined) return []
    const reached = 'value' in measured ? measured.value : measured.p95
    const isMet = bound === 'least' ? reached >= value : reached <= value
    return [`${isMet ? 'met' : 'MISSED'}: ${figure} ${reached} ${measured.unit}, goal at ${bound} ${value}`]
  })
}
