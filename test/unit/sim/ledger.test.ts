import { describe, expect, it } from 'vitest'
import { runLedgerSimulation } from '../../../sim/ledger.ts'
import { expectSoundRun } from './sound-run.ts'

/** The other half of the seeds is in another file, so that each has a core. */
describe('the simulated ledger', { timeout: 60_000 }, () => {
  let partitions = 0

  it.each([1, 2, 3, 4, 5, 6, 7, 8, 9, 31])('keeps every promise with seed %i', async (seed) => {
    const run = await runLedgerSimulation(seed)
    expectSoundRun(run)
    partitions += run.figures['partitions'] ?? 0
  })

  it('was split while it kept them', () => {
    expect(partitions).toBeGreaterThan(0)
  })

  it('goes the same way for the same seed, and is told line by line', async () => {
    const lines: string[] = []
    const again = await runLedgerSimulation(1, (line) => lines.push(line))
    const first = await runLedgerSimulation(1)
    expect(again).toEqual(first)
    expect(lines.length).toBeGreaterThan(100)
  })
})
