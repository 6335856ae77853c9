import { readdirSync } from 'node:fs'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { startNodePeer } from '../support/node-peer.ts'
import { postgresMissing, startPostgres, type PostgresServer } from '../support/postgres.ts'
import { readFederationStats, readLedgerStats } from '../support/server-stats.ts'
import { startServer, type TestServer } from '../support/start-server.ts'

const patient = { timeout: 30_000 }

describe.skipIf(postgresMissing !== undefined)(
  `a server with its ledger in PostgreSQL${postgresMissing ? `: ${postgresMissing}` : ''}`,
  () => {
    let postgres: PostgresServer
    let server: TestServer
    beforeAll(async () => {
      postgres = await startPostgres()
    })
    afterAll(() => postgres.stop())
    afterEach(() => server.stop())

    async function ledgerUrls(count: number): Promise<string[]> {
      const urls: string[] = []
      while (urls.length < count) urls.push(await postgres.createLedgerUrl())
      return urls
    }

    /** A peer opens its account and gets its starter tokens. */
    async function join(): Promise<void> {
      const peer = await startNodePeer(server)
      expect(peer.wallet().credit).toBe(1_000_000_000n)
      await peer.close()
    }

    it('keeps it there over a restart, in as many shards as DATABASE_URL names', async () => {
      const urls = await ledgerUrls(2)
      server = await startServer({
        LOREMESH_SEEDER: 'false',
        LOREMESH_CHECKPOINT_SECONDS: '1',
        DATABASE_URL: urls.join(),
      })
      for (let n = 0; n < 4; n++) await join()
      await expect.poll(async () => (await readFederationStats(server)).height, patient).toBeGreaterThan(0)
      await server.pause()
      await server.resume()
      expect(await readLedgerStats(server)).toMatchObject({
        accounts: 4,
        minted: 4_000_000_000n,
        conserved: true,
      })
      await join()
      expect(ledgerFilesIn(server.dataDirectory)).toEqual([])
    })

    it('gives each of four authorities a database of its own', async () => {
      const [own = '', ...others] = await ledgerUrls(4)
      const names = others.map((url, n) => [`DATABASE_URL_${n + 1}`, url] as const)
      server = await startServer({
        LOREMESH_SEEDER: 'false',
        LOREMESH_AUTHORITIES: '4',
        LOREMESH_AUTHORITY_PORT: '0',
        LOREMESH_CHECKPOINT_SECONDS: '1',
        DATABASE_URL: own,
        ...Object.fromEntries(names),
      })
      await join()
      await join()
      await expect
        .poll(() => readLedgerStats(server), patient)
        .toMatchObject({ minted: 2_000_000_000n, conserved: true })
      for (const schema of others.map((url) => /ledger_\d+/.exec(url)?.[0] ?? '')) {
        await expect
          .poll(() => postgres.query(`SELECT count(*)::int AS entries FROM ${schema}.entries`), patient)
          .toEqual([{ entries: 4 }])
      }
      expect(ledgerFilesIn(server.dataDirectory)).toEqual([])
    })
  },
)

/** The SQLite files in a data folder and the folders within. */
function ledgerFilesIn(folder: string): readonly string[] {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  return files.filter((name) => name.endsWith('.sqlite'))
}
