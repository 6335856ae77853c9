import { describe, expect, it } from 'vitest'
import { createProvenVerifier, fuzzKind } from '../../support/fuzz/fuzz-messages.ts'
import { openFuzzNetwork } from '../../support/fuzz/fuzz-network.ts'
import { tellStory } from '../../support/fuzz/fuzz-story.ts'
import { allMessageKinds } from '../../support/fuzz/message-kinds.ts'
import { people } from '../../support/fuzz/people.ts'

/** A share of the full run, `fuzzLedger`. */
const CASES = 120
const SEED = 20_260_101

const network = await openFuzzNetwork()
const kinds = await allMessageKinds(await tellStory(network))
await network.close()
const verifier = createProvenVerifier(network.verifier, [...network.keys, ...people])

describe('messages that are almost right', () => {
  it.each(kinds.map((kind) => [kind.name, kind] as const))(
    'of the kind "%s" are refused by name, or are right',
    async (_, kind) => {
      const report = await fuzzKind(kind, { cases: CASES, seed: SEED, verifier })
      expect(report.failure).toBeUndefined()
      expect(report.withinLength).toBeGreaterThanOrEqual(0.8 * report.cases)
    },
  )
})
