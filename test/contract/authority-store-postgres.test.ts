import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { AuthorityStore } from '../../signaling/authority-store/authority-store.ts'
import { openAuthorityStore } from '../../signaling/authority-store/open-authority-store.ts'
import { postgresMissing, startPostgres, type PostgresServer } from '../support/postgres.ts'
import { describeAuthorityStore } from './authority-store.contract.ts'
import type { OpenStore } from './open-store.ts'
import { ann, sampleEntry, sampleState, sampleVote } from './sample-ledger.ts'

describe.skipIf(postgresMissing !== undefined)(
  `PostgreSQL${postgresMissing ? `: ${postgresMissing}` : ''}`,
  () => {
    let server: PostgresServer
    beforeAll(async () => {
      server = await startPostgres()
    }, 60_000)
    afterAll(() => server.stop())

    const newUrls = (shards: number): Promise<string[]> =>
      Promise.all(Array.from({ length: shards }, () => server.createLedgerUrl()))

    async function open(urls: readonly string[]): Promise<OpenStore<AuthorityStore>> {
      const store = await openAuthorityStore(urls)
      return {
        store,
        reopen: async () => {
          await store.close()
          return open(urls)
        },
        close: () => store.close(),
      }
    }

    describeAuthorityStore('in PostgreSQL', async () => open(await newUrls(1)))
    describeAuthorityStore('in two schemas of PostgreSQL', async () => open(await newUrls(2)))

    it('runs a transaction again that the database found in conflict with another client', async () => {
      const [url = ''] = await newUrls(1)
      const store = await openAuthorityStore([url])
      await store.home.transaction((transaction) => transaction.putAccount(sampleState(ann)))
      const schema = /ledger_\d+/.exec(url)?.[0] ?? ''
      let runs = 0
      await store.home.transaction(async (transaction) => {
        await transaction.account(ann.account)
        if (++runs === 1) await server.query(`UPDATE ${schema}.accounts SET seq = 99`)
        await transaction.putAccount(sampleState(ann, { seq: 100 }))
      })
      expect(runs).toBe(2)
      expect(await store.home.transaction((transaction) => transaction.account(ann.account))).toMatchObject({
        seq: 100,
      })
      await store.close()
    })

    it('gives up on a conflict that does not end', async () => {
      const [url = ''] = await newUrls(1)
      const store = await openAuthorityStore([url])
      await store.home.transaction((transaction) => transaction.putAccount(sampleState(ann)))
      const schema = /ledger_\d+/.exec(url)?.[0] ?? ''
      const conflicting = store.home.transaction(async (transaction) => {
        await transaction.account(ann.account)
        await server.query(`UPDATE ${schema}.accounts SET seq = seq + 1`)
        await transaction.putAccount(sampleState(ann, { seq: 100 }))
      })
      await expect(conflicting).rejects.toMatchObject({ code: 'internal' })
      await store.close()
    })

    it('goes on in a new connection after the server ended the old one', async () => {
      const store = await openAuthorityStore(await newUrls(1))
      await store.home.transaction((transaction) => transaction.addVote(sampleEntry(ann, 1), sampleVote()))
      const cut = store.home.transaction(async (transaction) => {
        await transaction.addVote(sampleEntry(ann, 2), sampleVote())
        await server.query(
          `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE state = 'idle in transaction'`,
        )
        await transaction.addVote(sampleEntry(ann, 3), sampleVote())
      })
      await expect(cut).rejects.toMatchObject({ code: 'internal' })
      const votes = await store.home.transaction((transaction) =>
        Promise.all([1, 2, 3].map((seq) => transaction.vote(ann.account, seq))),
      )
      expect(votes.map((vote) => vote?.hash)).toEqual([sampleEntry(ann, 1).hash, undefined, undefined])
      await store.close()
    })

    it('is opened by one at a time', { timeout: 20_000 }, async () => {
      const urls = await newUrls(1)
      const store = await openAuthorityStore(urls)
      await expect(openAuthorityStore(urls)).rejects.toMatchObject({ code: 'already-running' })
      await store.close()
      await (await openAuthorityStore(urls)).close()
    })

    it('of another version is left alone', async () => {
      const [url = ''] = await newUrls(1)
      await (await openAuthorityStore([url])).close()
      await server.query(`UPDATE ${/ledger_\d+/.exec(url)?.[0] ?? ''}.schema_version SET version = 99`)
      await expect(openAuthorityStore([url])).rejects.toMatchObject({ code: 'unsupported' })
    })

    it('stays the shard that it was made as', async () => {
      const urls = await newUrls(2)
      await (await openAuthorityStore(urls)).close()
      for (const wrong of [urls.slice(0, 1), urls.toReversed()]) {
        await expect(openAuthorityStore(wrong)).rejects.toMatchObject({ code: 'bad-input' })
      }
      await (await openAuthorityStore(urls)).close()
    })

    it('that can not be reached is named without its password', async () => {
      const failing = openAuthorityStore(['postgres://loremesh:secret@/postgres?host=/nowhere'])
      await expect(failing).rejects.toMatchObject({ code: 'not-connected' })
      await expect(failing).rejects.not.toThrow('secret')
    })
  },
)
