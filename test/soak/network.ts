import { networkPartNames, runNetworkParts, type NetworkPartName } from '../../bench/network.ts'
import type { SoakReport } from './soak-report.ts'

/** Parts that live through something at full size; the others only measure. */
export const networkParts: readonly NetworkPartName[] = networkPartNames.filter((name) => name !== 'rivals')

/** The network through outages, partitions, crowds and time, at full size: one part, or all of them. */
export async function soakNetwork({
  part,
}: {
  readonly part: NetworkPartName | undefined
}): Promise<SoakReport> {
  const report = await runNetworkParts(part === undefined ? networkParts : [part], false)
  return { bench: 'soak-network', ...report }
}
