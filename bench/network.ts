import { buildBenchPage, type BenchPage } from './bench-page.ts'
import { judgeGoals, type Goal } from './goals.ts'
import { fullCycleSizes, measureCycles, smallCycleSizes } from './network/cycles.ts'
import { fullDhtSizes, measureDht, smallDhtSizes } from './network/dht.ts'
import { fullGossipSizes, measureGossip, smallGossipSizes } from './network/gossip-tabs.ts'
import { fullHiddenSizes, measureHidden, smallHiddenSizes } from './network/hidden.ts'
import { fullOutageSizes, measureOutage, smallOutageSizes } from './network/outage.ts'
import { fullPartitionSizes, measurePartition, smallPartitionSizes } from './network/partition.ts'
import { describeLoad, type NetworkPart } from './network/part.ts'
import { fullRelaySizes, measureRelay, smallRelaySizes } from './network/relay.ts'
import { fullRivalSizes, measureRivals, smallRivalSizes } from './network/rivals.ts'
import { progress, type BenchReport, type Figure } from './report.ts'

/** A part, in its full form or the small one, which shows only whether everything runs; tabs load the page. */
type Part = (isSmall: boolean, page: () => Promise<BenchPage>) => Promise<NetworkPart>

const parts = {
  outage: async (isSmall, page) => measureOutage(isSmall ? smallOutageSizes : fullOutageSizes, await page()),
  relay: (isSmall) => measureRelay(isSmall ? smallRelaySizes : fullRelaySizes),
  partition: (isSmall) => measurePartition(isSmall ? smallPartitionSizes : fullPartitionSizes),
  dht: (isSmall) => measureDht(isSmall ? smallDhtSizes : fullDhtSizes),
  gossip: async (isSmall, page) => measureGossip(isSmall ? smallGossipSizes : fullGossipSizes, await page()),
  cycles: async (isSmall, page) => measureCycles(isSmall ? smallCycleSizes : fullCycleSizes, await page()),
  hidden: async (isSmall, page) => measureHidden(isSmall ? smallHiddenSizes : fullHiddenSizes, await page()),
  rivals: async (isSmall, page) => measureRivals(isSmall ? smallRivalSizes : fullRivalSizes, await page()),
} satisfies Readonly<Record<string, Part>>

export type NetworkPartName = keyof typeof parts

/** The parts by name, in the order in which they run. */
export const networkPartNames = Object.keys(parts) as readonly NetworkPartName[]

/** What the figures are to reach. Of times the 95th percentile counts. */
const goals: readonly Goal[] = [
  { figure: 'answeredWithoutServer', bound: 'least', value: 0.99 },
  { figure: 'dhtFindMs', bound: 'most', value: 500 },
  { figure: 'dhtFindSuccess', bound: 'least', value: 0.99 },
  { figure: 'dhtProvideMs', bound: 'most', value: 2_000 },
  { figure: 'gossip20TabsMs', bound: 'most', value: 250 },
  { figure: 'healMs', bound: 'most', value: 60_000 },
  { figure: 'soakCycles', bound: 'least', value: 1_000 },
  { figure: 'heapGrowthMBPerHour', bound: 'most', value: 5 },
  { figure: 'hiddenAnswered', bound: 'least', value: 0.99 },
  { figure: 'relayReservations', bound: 'least', value: 1_000 },
  { figure: 'relayMBPerClient', bound: 'most', value: 0.5 },
  { figure: 'relayJoinP99Ms', bound: 'most', value: 2_000 },
  { figure: 'relayReturnMs', bound: 'most', value: 30_000 },
  { figure: 'relayReturnedShare', bound: 'least', value: 0.95 },
]

/** What a run of some parts, or of all of them, found. */
export async function runNetworkParts(
  names: readonly NetworkPartName[],
  isSmall: boolean,
): Promise<Required<NetworkPart>> {
  const figures: Record<string, Figure> = {}
  const rivals: Record<string, Figure> = {}
  const failures: string[] = []
  let built: Promise<BenchPage> | undefined
  const page = (): Promise<BenchPage> => (built ??= buildBenchPage())
  try {
    for (const name of names) {
      progress(`${name}: begins; ${describeLoad()}`)
      const part: NetworkPart = await parts[name](isSmall, page)
      Object.assign(figures, part.figures)
      Object.assign(rivals, part.rivals)
      failures.push(...part.failures.map((failure) => `${name}: ${failure}`))
      for (const line of judgeGoals(part.figures, goals)) progress(line)
      for (const failure of part.failures) progress(`FAILED: ${failure}`)
    }
  } finally {
    ;(await built)?.remove()
  }
  return { figures, rivals, failures }
}

/** The network with and without its server, and others that do the same job: one part, or all of them. */
export async function measureNetwork(isSmall: boolean, part?: NetworkPartName): Promise<BenchReport> {
  const { figures, rivals } = await runNetworkParts(part === undefined ? networkPartNames : [part], isSmall)
  return { bench: 'network', figures, rivals }
}
