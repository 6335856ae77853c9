import { loadavg } from 'node:os'
import type { Figure } from '../report.ts'

/** What a part of the network's measurements found. */
export interface NetworkPart {
  readonly figures: Readonly<Record<string, Figure>>
  /** The same of others, who do the same job. */
  readonly rivals?: Readonly<Record<string, Figure>>
  /** Whatever was not as it must be; a goal that was missed is none of it. */
  readonly failures: readonly string[]
}

/** How many processes wait for the machine's cores, averaged over the last minute. */
export function describeLoad(): string {
  return `load ${(loadavg()[0] ?? Number.NaN).toFixed(1)}`
}
