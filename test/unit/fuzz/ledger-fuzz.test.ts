import { describe, expect, it } from 'vitest'
import { fuzzLedger } from '../../support/fuzz/fuzz-ledger.ts'

/** A share of the full run. */
const CASES = 12_000
const SEED = 20_260_101

describe('messages of the ledger that are almost right', () => {
  it('are refused by name or are right, and nothing hostile changes what anybody has', async () => {
    const { kinds, services, failures } = await fuzzLedger({ cases: CASES, seed: SEED })
    expect(failures).toEqual([])
    expect(kinds.reduce((sum, report) => sum + report.cases, 0)).toBeGreaterThanOrEqual(CASES)
    expect(services.map(({ name }) => name)).toEqual(['authority', 'seller', 'session stream', 'gossip'])
  }, 120_000)
})
