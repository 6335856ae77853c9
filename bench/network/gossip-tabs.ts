import { setTimeout as pause } from 'node:timers/promises'
import type { Page } from 'playwright'
import type { BenchPage } from '../bench-page.ts'
import { distribution, progress, shareOf } from '../report.ts'
import { withTabs } from './bench-tabs.ts'
import { describeLoad, type NetworkPart } from './part.ts'

/** How many tabs there are, and how many entries each run tells them. */
export interface GossipSizes {
  readonly tabs: number
  readonly entries: number
}

export const fullGossipSizes: GossipSizes = { tabs: 20, entries: 60 }

/** For the tests, and for a quick look at whether everything runs. */
export const smallGossipSizes: GossipSizes = { tabs: 4, entries: 10 }

/** Direct links that a tab has found by then, if there are so many others. */
const LINKS = 4
const LINKED_TIMEOUT_MS = 60_000
/** Between two entries, so that each is measured by itself. */
const ENTRY_INTERVAL_MS = 200
/** How long the entries are waited for after the last one was told. */
const LAST_MS = 5_000
/** How long gossip may take until its streams and meshes are there, which need some heartbeats of a second each. */
const SETTLE_TIMEOUT_MS = 30_000

/** When an entry of one real tab has come to each of the others, with the server and after it was killed. */
export async function measureGossip(sizes: GossipSizes, page: BenchPage): Promise<NetworkPart> {
  return withTabs(page, async ({ server, openSharers }) => {
    const tabs = await openSharers(sizes.tabs)
    const links = Math.min(LINKS, sizes.tabs - 1)
    const counting = tabs.map((tab) =>
      tab.evaluate(([least, timeoutMs]) => window.bench.countLinks(least, Infinity, timeoutMs), [
        links,
        LINKED_TIMEOUT_MS,
      ] as const),
    )
    const lonely = (await Promise.all(counting)).filter((count) => count < links).length
    await settle(tabs)
    const withServer = await tellEntries(tabs, sizes.entries)
    await server.kill()
    progress(`the server was killed; ${describeLoad()}`)
    await settle(tabs)
    const without = await tellEntries(tabs, sizes.entries)
    const expected = sizes.entries * (sizes.tabs - 1)
    return {
      figures: {
        gossip20TabsMs: distribution(withServer, 'ms'),
        gossip20TabsDelivered: shareOf(withServer.length / expected, expected),
        gossip20TabsServerDeadMs: distribution(without, 'ms'),
        gossip20TabsServerDeadDelivered: shareOf(without.length / expected, expected),
      },
      failures: lonely === 0 ? [] : [`${lonely} tabs have found fewer than ${links} others`],
    }
  })
}

/** Resolves once an entry of every tab has come to every other one. Throws when that takes too long. */
async function settle(tabs: readonly Page[]): Promise<void> {
  const expected = tabs.length * (tabs.length - 1)
  const startMs = performance.now()
  let delivered = 0
  while (delivered < expected) {
    if (performance.now() - startMs > SETTLE_TIMEOUT_MS) throw new Error('Gossip has not reached every tab')
    delivered = (await tellEntries(tabs, tabs.length)).length
  }
}

/** Each tab in turn tells an entry; the milliseconds until each other tab had checked and taken it. */
async function tellEntries(tabs: readonly Page[], entries: number): Promise<readonly number[]> {
  const told: { readonly hash: string; readonly sentAtMs: number; readonly teller: Page }[] = []
  for (let entry = 0; entry < entries; entry++) {
    const teller = tabs[entry % tabs.length]
    if (teller !== undefined) told.push({ ...(await teller.evaluate(() => window.bench.gossip())), teller })
    await pause(ENTRY_INTERVAL_MS)
  }
  const heard = await Promise.all(
    tabs.map((tab) => {
      const hashes = told.filter(({ teller }) => teller !== tab).map(({ hash }) => hash)
      return tab.evaluate(([wanted, timeoutMs]) => window.bench.heard(wanted, timeoutMs), [
        hashes,
        LAST_MS,
      ] as const)
    }),
  )
  const sentAtMs = new Map(told.map((entry) => [entry.hash, entry.sentAtMs]))
  const delays = heard.flat().map(([hash, atMs]) => atMs - (sentAtMs.get(hash) ?? Number.NaN))
  progress(`${delays.length} of ${entries * (tabs.length - 1)} came; ${describeLoad()}`)
  return delays
}
