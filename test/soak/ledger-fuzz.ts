import { progress } from '../../bench/report.ts'
import { fuzzKind } from '../support/fuzz/fuzz-messages.ts'
import { openFuzzNetwork } from '../support/fuzz/fuzz-network.ts'
import { tellStory } from '../support/fuzz/fuzz-story.ts'
import { allMessageKinds } from '../support/fuzz/message-kinds.ts'
import { people } from '../support/fuzz/people.ts'
import { createProvenVerifier } from '../support/fuzz/proven-verifier.ts'
import type { PartReport } from './ledger.ts'

const SEED = 20_260_101
/** Share of the messages of a kind that no limit of size refuses, at least. */
const MIN_WITHIN_LENGTH = 0.8

/** At least so many messages that are almost right, shared out among every kind that the ledger's protocols have. */
export async function soakFuzz(cases: number): Promise<PartReport> {
  const failures: string[] = []
  const sums = { cases: 0, withinLength: 0, refused: 0, unverified: 0, accepted: 0 }
  const network = await openFuzzNetwork()
  const kinds = await allMessageKinds(await tellStory(network))
  await network.close()
  const verifier = createProvenVerifier(network.verifier, [...network.keys, ...people])
  for (const kind of kinds) {
    const share = Math.ceil(cases / kinds.length)
    const report = await fuzzKind(kind, { cases: share, seed: SEED, verifier })
    const refused = Object.values(report.refused).reduce((sum, count) => sum + count, 0)
    if (report.failure !== undefined) failures.push(`${report.name}: ${report.failure}`)
    if (report.withinLength < MIN_WITHIN_LENGTH * report.cases) {
      failures.push(
        `${report.name}: only ${report.withinLength} of ${report.cases} are within the limit of size`,
      )
    }
    sums.cases += report.cases
    sums.withinLength += report.withinLength
    sums.refused += refused
    sums.unverified += report.unverified
    sums.accepted += report.accepted
    progress(
      `${report.name}: ${report.cases} cases, ${refused} refused, slowest ${Math.round(report.slowestMs)} ms`,
    )
  }
  const figure = (value: number, unit = 'cases') => ({ value, unit, runs: 1 })
  return {
    figures: {
      fuzzKinds: figure(kinds.length, 'kinds'),
      fuzzCases: figure(sums.cases),
      fuzzWithinLength: figure(sums.withinLength),
      fuzzRefused: figure(sums.refused),
      fuzzUnverified: figure(sums.unverified),
      fuzzAccepted: figure(sums.accepted),
    },
    failures,
  }
}
