import { describe, expect, it } from 'vitest'
import { runChaos } from '../../../support/agreement-chaos.ts'
import { simulateAgreement } from '../../../support/agreement-simulation.ts'

describe.each([
  { authorities: 1, faulty: 0, seeds: 50 },
  { authorities: 4, faulty: 0, seeds: 200 },
  { authorities: 4, faulty: 1, seeds: 500 },
  { authorities: 7, faulty: 2, seeds: 100 },
])('$authorities authorities, $faulty of them faulty, on a bad network', ({ authorities, faulty, seeds }) => {
  it(`all decide one value once it has become good, in each of ${seeds} runs`, { timeout: 60_000 }, () => {
    for (let seed = 0; seed < seeds; seed++) {
      const { failures, calmToDecidedMs } = simulateAgreement({ seed, authorities, faulty })
      expect({ seed, failures }).toEqual({ seed, failures: [] })
      expect(calmToDecidedMs).toBeLessThan(60_000)
    }
  })
})

describe.each([
  { authorities: 4, runs: 2_000 },
  { authorities: 7, runs: 200 },
])('$authorities authorities, as many as possible faulty, without any order', ({ authorities, runs }) => {
  it(`never decide differently nor contradict themselves, in ${runs} runs`, { timeout: 60_000 }, () => {
    let decided = 0
    for (let seed = 0; seed < runs; seed++) {
      const { decisions, contradictions } = runChaos(seed, authorities)
      expect({ seed, contradictions }).toEqual({ seed, contradictions: [] })
      expect(new Set(decisions).size, `different decisions with seed ${seed}`).toBeLessThan(2)
      if (decisions.length > 1) decided += 1
    }
    expect(decided).toBeGreaterThan(runs / 4)
  })
})
