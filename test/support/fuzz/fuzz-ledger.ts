import { fuzzAuthority } from './fuzz-authority.ts'
import { fuzzGossip } from './fuzz-gossip.ts'
import { fuzzKind, type KindReport } from './fuzz-messages.ts'
import { openFuzzNetwork } from './fuzz-network.ts'
import { fuzzSeller } from './fuzz-seller.ts'
import type { ServiceReport } from './fuzz-service.ts'
import { fuzzSessionStream } from './fuzz-session-stream.ts'
import { tellStory } from './fuzz-story.ts'
import { allMessageKinds } from './message-kinds.ts'
import { people } from './people.ts'
import { createProvenVerifier } from './proven-verifier.ts'

/** What became of everything that was sent. */
export interface LedgerFuzzReport {
  readonly kinds: readonly KindReport[]
  readonly services: readonly ServiceReport[]
  /** What should never happen. */
  readonly failures: readonly string[]
}

/** Share of the messages of a kind that no limit of size refuses, at least. */
const MIN_WITHIN_LENGTH = 0.8
/** Hostile messages to each service, as a share of all that are read only. */
const SERVICE_SHARE = 0.05
/** What a service may remember of hostile messages, however many there are: 16,384 entries of gossip at most. */
const MAX_HEAP_GROWTH_BYTES = 48_000_000

/**
 * Reads at least so many almost right messages of every kind that the ledger's protocols have, shared out among the kinds,
 * and sends hostile ones to an authority, a seller, its streams and a watch over gossip. The same seed gives the same ones.
 */
export async function fuzzLedger(
  { cases, seed }: { readonly cases: number; readonly seed: number },
  onReport: (report: KindReport | ServiceReport) => void = () => undefined,
): Promise<LedgerFuzzReport> {
  const network = await openFuzzNetwork()
  const messageKinds = await allMessageKinds(await tellStory(network))
  await network.close()
  const verifier = createProvenVerifier(network.verifier, [...network.keys, ...people])
  const share = Math.ceil(cases / messageKinds.length)
  const kinds: KindReport[] = []
  for (const kind of messageKinds) {
    const report = await fuzzKind(kind, { cases: share, seed, verifier })
    kinds.push(report)
    onReport(report)
  }
  const services: ServiceReport[] = []
  for (const fuzzService of [fuzzAuthority, fuzzSeller, fuzzSessionStream, fuzzGossip]) {
    const report = await fuzzService({ cases: Math.ceil(cases * SERVICE_SHARE), seed })
    services.push(report)
    onReport(report)
  }
  return { kinds, services, failures: [...kinds.flatMap(faultsOfKind), ...services.flatMap(faultsOfService)] }
}

function faultsOfKind({ name, cases, withinLength, failure }: KindReport): readonly string[] {
  const faults = failure === undefined ? [] : [`${name}: ${failure}`]
  const isShort = withinLength < MIN_WITHIN_LENGTH * cases
  return isShort
    ? [...faults, `${name}: only ${withinLength} of ${cases} are within the limit of size`]
    : faults
}

function faultsOfService({ name, failure, heapGrowthBytes }: ServiceReport): readonly string[] {
  const faults = failure === undefined ? [] : [`${name}: ${failure}`]
  const isFull = heapGrowthBytes > MAX_HEAP_GROWTH_BYTES
  return isFull ? [...faults, `${name}: ${heapGrowthBytes} bytes are kept`] : faults
}
