import { describe, expect, it } from 'vitest'
import { runLedgerSimulation } from '../../../sim/ledger.ts'

const small = { peers: 3, minutes: 4 }

describe('the simulated ledger', { timeout: 60_000 }, () => {
  it.each([1, 2, 3])('keeps every promise under loss, crashes and forgeries with seed %i', async (seed) => {
    const { violations, figures } = await runLedgerSimulation(seed, small)
    expect(violations).toEqual([])
    for (const name of ['claimed', 'reclaimed', 'crashes', 'forgeriesRefused', 'messagesLost']) {
      expect(figures[name], name).toBeGreaterThan(0)
    }
  })

  it('goes the same way for the same seed and another for another', async () => {
    const [first, again, other] = [
      await runLedgerSimulation(4, small),
      await runLedgerSimulation(4, small),
      await runLedgerSimulation(5, small),
    ]
    expect(again).toEqual(first)
    expect(other.digest).not.toBe(first.digest)
  })
})
