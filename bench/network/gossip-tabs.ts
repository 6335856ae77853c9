import { setTimeout as pause } from 'node:timers/promises'
import type { Page } from 'playwright'
import { distribution, progress, shareOf } from '../report.ts'
import { withTabs } from './bench-tabs.ts'
import { describeLoad, type NetworkPart } from './part.ts'

/** How many tabs there are, and how many entries each run tells them. */
export interface GossipSizes {
  readonly tabs: number
  readonly entries: number
}

export const fullGossipSizes: GossipSizes = { tabs: 20, entries: 60 }

/** For a quick look at whether everything runs. */
export const smallGossipSizes: GossipSizes = { tabs: 4, entries: 10 }

/** Between two entries, so that each is measured by itself. */
const ENTRY_INTERVAL_MS = 200
/** After the last tab has linked: gossip streams and meshes take some heartbeats of a second each. */
const SETTLE_MS = 10_000
/** How long the last entry is waited for. */
const LAST_MS = 5_000

/** When an entry of one real tab has come to each of the others, with the server and after it was killed. */
export async function measureGossip(sizes: GossipSizes): Promise<NetworkPart> {
  return withTabs(async ({ server, openSharers }) => {
    const tabs = await openSharers(sizes.tabs)
    const links = Math.min(4, sizes.tabs - 1)
    await Promise.all(tabs.map((tab) => tab.evaluate((count) => window.bench.untilLinked(count), links)))
    await pause(SETTLE_MS)
    const withServer = await tellEntries(tabs, sizes.entries)
    await server.kill()
    progress(`the server was killed; ${describeLoad()}`)
    await pause(SETTLE_MS)
    const without = await tellEntries(tabs, sizes.entries)
    const expected = sizes.entries * (sizes.tabs - 1)
    return {
      figures: {
        gossip20TabsMs: distribution(withServer, 'ms'),
        gossip20TabsDelivered: shareOf(withServer.length / expected, expected),
        gossip20TabsServerDeadMs: distribution(without, 'ms'),
        gossip20TabsServerDeadDelivered: shareOf(without.length / expected, expected),
      },
      failures: [],
    }
  })
}

/** Each tab in turn tells an entry; the milliseconds until each other tab had checked and taken it. */
async function tellEntries(tabs: readonly Page[], entries: number): Promise<readonly number[]> {
  const sentAtMs = new Map<string, number>()
  for (let entry = 0; entry < entries; entry++) {
    const sent = await tabs[entry % tabs.length]?.evaluate(() => window.bench.gossip())
    if (sent !== undefined) sentAtMs.set(sent.hash, sent.sentAtMs)
    await pause(ENTRY_INTERVAL_MS)
  }
  await pause(LAST_MS)
  const heard = await Promise.all(tabs.map((tab) => tab.evaluate(() => window.bench.heard())))
  const delays = heard.flat().flatMap(([hash, atMs]) => {
    const fromMs = sentAtMs.get(hash)
    return fromMs === undefined ? [] : [atMs - fromMs]
  })
  progress(`${delays.length} of ${entries * (tabs.length - 1)} came; ${describeLoad()}`)
  return delays
}
