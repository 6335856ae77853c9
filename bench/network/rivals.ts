import { randomBytes } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { hashText } from '../../src/domain/content/context-hash.ts'
import type { BenchPage } from '../bench-page.ts'
import { distribution, median, progress } from '../report.ts'
import { withTabs } from './bench-tabs.ts'
import { describeLoad, type NetworkPart } from './part.ts'
import { timeHelia } from './rival-helia.ts'
import { timeBittorrentTracker, type TrackerTimes } from './rival-tracker.ts'

/** How much is fetched, and how often. */
export interface RivalSizes {
  /** Of 64 KiB each, which is as large as a context may be. */
  readonly blocks: number
  readonly fetches: number
  readonly announcements: number
}

export const fullRivalSizes: RivalSizes = { blocks: 16, fetches: 4, announcements: 200 }

/** For a quick look at whether everything runs. */
export const smallRivalSizes: RivalSizes = { blocks: 4, fetches: 2, announcements: 10 }

const BLOCK_BYTES = 65_536
/** The server lets a client ask 20 times a second over HTTP. */
const PACE_MS = 100
/** The most there may be: enough for 1 MiB four times. */
const STARTER_TOKENS = '10000'

/**
 * The same jobs by others, on this machine and in one run: blocks of 64 KiB paid and fetched from another tab, beside a bare
 * data channel between the same tabs and beside Helia's Bitswap between two nodes over TCP; and announcing and scraping by
 * HTTP, beside bittorrent-tracker.
 */
export async function measureRivals(sizes: RivalSizes, page: BenchPage): Promise<NetworkPart> {
  return withTabs(
    page,
    async ({ server, openTab }) => {
      const bytes = sizes.blocks * BLOCK_BYTES
      const toMBps = (ms: readonly number[]): readonly number[] =>
        ms.map((each) => bytes / 1e6 / (each / 1e3))
      const [provider, asker] = [await openTab(), await openTab()]
      const providerId = await provider.evaluate(() => window.bench.start())
      const hashes = await provider.evaluate((count) => window.bench.shareBulk(count), sizes.blocks)
      const offer = await asker.evaluate(() => window.bench.createRawChannel())
      const answer = await provider.evaluate((sdp) => window.bench.answerRawChannel(sdp), offer)
      await asker.evaluate((sdp) => window.rawChannel?.accept(sdp), answer)
      const ownMs: number[] = []
      const rawMs: number[] = []
      for (let fetch = 0; fetch < sizes.fetches; fetch++) {
        const { fetchMs } = await asker.evaluate(([id, wanted]) => window.bench.buyBulk(id, wanted), [
          providerId,
          hashes,
        ] as const)
        ownMs.push(fetchMs)
        rawMs.push((await asker.evaluate((size) => window.rawChannel?.fetch(size), bytes)) ?? Number.NaN)
      }
      progress(`tabs have fetched; ${describeLoad()}`)
      await Promise.all([provider, asker].map((tab) => tab.context().close()))
      const blocks = Array.from({ length: sizes.blocks }, () => new Uint8Array(randomBytes(BLOCK_BYTES)))
      const heliaMs = await timeHelia(blocks, sizes.fetches)
      progress(`Helia has fetched; ${describeLoad()}`)
      const own = await timeOwnTracker(server.url, sizes.announcements)
      const other = await timeBittorrentTracker(sizes.announcements)
      return {
        figures: {
          fetchMBps: median(toMBps(ownMs), 'MB/s'),
          announceMs: distribution(own.announceMs, 'ms'),
          scrapeMs: distribution(own.scrapeMs, 'ms'),
        },
        rivals: {
          rawChannelMBps: median(toMBps(rawMs), 'MB/s'),
          heliaMBps: median(toMBps(heliaMs), 'MB/s'),
          bittorrentAnnounceMs: distribution(other.announceMs, 'ms'),
          bittorrentScrapeMs: distribution(other.scrapeMs, 'ms'),
        },
        failures: [],
      }
    },
    { LOREMESH_STARTER_TOKENS: STARTER_TOKENS },
  )
}

/** The tracker of the server, by its HTTP interface, one announcement and one scrape after another. */
async function timeOwnTracker(url: string, runs: number): Promise<TrackerTimes> {
  const contextHash = hashText('announced by a guest')
  const context = { hash: contextHash, size_bytes: 1_024, title: 'Announced by a guest', tags: [] }
  const body = JSON.stringify({ peer_id: 'bench', port: 4_001, contexts: [context] })
  const announceMs: number[] = []
  const scrapeMs: number[] = []
  for (let run = 0; run < runs; run++) {
    announceMs.push(
      await timeFetch(`${url}/announce`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body,
      }),
    )
    scrapeMs.push(await timeFetch(`${url}/scrape?context_hash=${contextHash}`))
    await pause(PACE_MS)
  }
  return { announceMs, scrapeMs }
}

async function timeFetch(url: string, request?: RequestInit): Promise<number> {
  const startMs = performance.now()
  const response = await fetch(url, request)
  await response.text()
  if (!response.ok) throw new Error(`${url} answered ${response.status}`)
  return performance.now() - startMs
}
