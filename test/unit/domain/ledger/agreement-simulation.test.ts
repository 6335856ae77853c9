import { describe, expect, it } from 'vitest'
import { simulateAgreement, type Outcome } from '../../../support/agreement-simulation.ts'

describe.each([
  [1, 0, 50],
  [4, 0, 100],
  [4, 1, 300],
  [7, 2, 150],
])(
  '%i authorities, %i of them faulty, on a network that loses, delays and splits',
  (authorities, faulty, seeds) => {
    it(`decide one value once the network is calm, in each of ${seeds} runs`, { timeout: 60_000 }, () => {
      const outcomes = Array.from({ length: seeds }, (_, seed) =>
        simulateAgreement({ seed, authorities, faulty }),
      )
      expect(failuresOf(outcomes)).toEqual([])
      expect(Math.max(...outcomes.map(({ calmToDecidedMs }) => calmToDecidedMs))).toBeLessThan(120_000)
    })
  },
)

function failuresOf(outcomes: readonly Outcome[]): readonly string[] {
  return outcomes.flatMap(({ seed, failures }) => failures.map((failure) => `seed ${seed}: ${failure}`))
}
