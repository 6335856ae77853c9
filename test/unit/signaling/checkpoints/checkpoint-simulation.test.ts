import { describe, expect, it } from 'vitest'
import { simulateCheckpoints, type Outcome } from './simulate-checkpoints.ts'

describe.each([
  { shards: 1, hasTraitor: false, seeds: [1] },
  { shards: 1, hasTraitor: true, seeds: [2, 6] },
  { shards: 2, hasTraitor: true, seeds: [5] },
])('checkpoints of four authorities with $shards shards, one of which cheats: $hasTraitor', (settings) => {
  it.each(settings.seeds)(
    'are the same everywhere, and conserve tokens, whatever fails on the way (seed %i)',
    { timeout: 120_000 },
    async (seed) => {
      const outcome = await simulateCheckpoints({ ...settings, seed })
      expect(outcome.failures).toEqual([])
      expectMuchHappened(outcome)
    },
  )
})

/** Otherwise it would show nothing that nothing went wrong. */
function expectMuchHappened({ checkpoints, certified, facts }: Outcome): void {
  expect(checkpoints).toBeGreaterThan(5)
  expect(certified).toBeGreaterThan(40)
  expect(facts['lapse']).toBeGreaterThan(0)
  expect(facts['void']).toBeGreaterThan(0)
}
