import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import Client, { Server } from 'bittorrent-tracker'

/** How long a tracker takes over what both kinds do: to take note that somebody has something, and to say who has it. */
export interface TrackerTimes {
  readonly announceMs: readonly number[]
  readonly scrapeMs: readonly number[]
}

/** bittorrent-tracker's HTTP server and client in this process, one announcement and one scrape after another. */
export async function timeBittorrentTracker(runs: number): Promise<TrackerTimes> {
  const server = new Server({ udp: false, ws: false, stats: false })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.http.address()
  const client = new Client({
    infoHash: randomBytes(20).toString('hex'),
    peerId: randomBytes(20).toString('hex'),
    announce: [`http://127.0.0.1:${port}/announce`],
    port: 6_881,
  })
  const announceMs: number[] = []
  const scrapeMs: number[] = []
  try {
    client.start()
    await once(client, 'update')
    for (let run = 0; run < runs; run++) {
      announceMs.push(await timeUntil(client, 'update', () => client.update()))
      scrapeMs.push(await timeUntil(client, 'scrape', () => client.scrape()))
    }
  } finally {
    client.destroy()
    await new Promise<void>((resolve) => server.close(resolve))
  }
  return { announceMs, scrapeMs }
}

async function timeUntil(client: Client, event: string, ask: () => void): Promise<number> {
  const startMs = performance.now()
  const answered = once(client, event)
  ask()
  await answered
  return performance.now() - startMs
}
