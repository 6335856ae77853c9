import { expect } from 'vitest'
import type { LedgerRun } from '../../../sim/ledger.ts'

/** What must have happened for a run to show anything; partitions are so rare that a run may have none. */
const happened = [
  'purchases',
  'peerCrashes',
  'lost',
  'entries',
  'checkpoints',
  'forks',
  'forgeriesRefused',
  'noiseRefused',
] as const

/** Checks that nothing happened that must not, while enough happened. */
export function expectSoundRun({
  violations,
  worstLoss,
  creditLine,
  forkProofSeconds,
  figures,
}: LedgerRun): void {
  expect(violations).toEqual([])
  expect(worstLoss).toBeLessThanOrEqual(creditLine)
  expect(Math.max(...forkProofSeconds)).toBeLessThanOrEqual(5)
  for (const name of happened) expect(figures[name], name).toBeGreaterThan(0)
}
