import { describe, expect, it } from 'vitest'
import { simulateCheckpoints } from './simulate-checkpoints.ts'

describe('x', () => {
  it('one', { timeout: 300_000 }, async () => {
    for (const seed of (process.env['SEEDS'] ?? '1').split(',')) {
      const started = Date.now()
      const outcome = await simulateCheckpoints({
        seed: Number(seed),
        shards: Number(process.env['SHARDS'] ?? 1),
        hasTraitor: process.env['TRAITOR'] === '1',
      })
      console.log(Date.now() - started, 'ms', outcome)
      expect(outcome.failures).toEqual([])
    }
  })
})
