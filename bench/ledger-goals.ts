import type { Goal } from './goals.ts'

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
