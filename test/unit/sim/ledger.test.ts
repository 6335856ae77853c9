import { describe, expect, it } from 'vitest'
import { runLedgerSimulation } from '../../../sim/ledger.ts'

describe('the simulated ledger', { timeout: 180_000 }, () => {
  it.each([1, 2])(
    'keeps every promise under loss, crashes, partitions and fraud with seed %i',
    async (seed) => {
      const { violations, figures, worstLoss, creditLine } = await runLedgerSimulation(seed)
      expect(violations).toEqual([])
      expect(worstLoss).toBeLessThanOrEqual(creditLine)
      for (const name of ['purchases', 'peerCrashes', 'forgeriesRefused', 'lost', 'forks', 'checkpoints']) {
        expect(figures[name], name).toBeGreaterThan(0)
      }
    },
  )

  it('goes the same way for the same seed', async () => {
    const first = await runLedgerSimulation(1)
    expect((await runLedgerSimulation(1)).digest).toBe(first.digest)
  })
})
