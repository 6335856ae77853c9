import { describe, it } from 'vitest'
import { runLedgerSimulation } from '../../../sim/ledger.ts'
import { expectSoundRun } from './sound-run.ts'

describe('the simulated ledger', { timeout: 60_000 }, () => {
  it.each([10, 12, 13, 14, 15, 16, 17, 18, 51, 62, 66, 74])(
    'keeps every promise with seed %i',
    async (seed) => {
      expectSoundRun(await runLedgerSimulation(seed))
    },
  )
})
