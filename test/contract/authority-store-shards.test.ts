import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { AuthorityStore } from '../../signaling/authority-store/authority-store.ts'
import { openShardedStore } from '../../signaling/authority-store/sharded-store.ts'
import { openSqlShard, type SqlShard } from '../../signaling/authority-store/sql-shard.ts'
import { openSqliteConnection } from '../../signaling/authority-store/sqlite-connection.ts'
import { LoremeshError } from '../../src/domain/kernel/errors.ts'
import { toMicroTokens } from '../../src/domain/kernel/micro-tokens.ts'
import type { Payment } from '../../src/domain/ledger/account-state.ts'
import {
  amy,
  ann,
  ben,
  sampleEntry,
  sampleHash,
  samplePayment,
  sampleState,
  sampleVote,
} from './sample-ledger.ts'

/** A shard whose transactions fail while it is `down`, before they begin or after they are on the disk. */
interface FailingShard extends SqlShard {
  down: 'no' | 'before' | 'after'
}

const unreachable = new LoremeshError('not-connected', 'This shard can not be reached')

function failing(shard: SqlShard): FailingShard {
  const self: FailingShard = {
    ...shard,
    down: 'no',
    async transaction(task) {
      if (self.down === 'before') throw unreachable
      const result = await shard.transaction(task)
      if (self.down === 'after') throw unreachable
      return result
    },
  }
  return self
}

describe('two shards', () => {
  let folder: string
  let shards: readonly [FailingShard, FailingShard]
  let store: AuthorityStore

  const openAlone = (shard: number): Promise<SqlShard> =>
    openSqlShard(openSqliteConnection(join(folder, `${shard}.sqlite`)), { shard, shards: 2 })

  /** Opens both shards, which can be reached. */
  async function open(): Promise<void> {
    shards = [failing(await openAlone(0)), failing(await openAlone(1))]
    store = await openShardedStore(shards)
  }

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'loremesh-shards-'))
    await open()
  })
  afterEach(async () => {
    await store.close()
    rmSync(folder, { recursive: true })
  })

  const put = (account: typeof ann.account, payment: Payment): Promise<void> =>
    store.shardOf(account).transaction((transaction) => transaction.putPayment(payment))
  const inShards = (): Promise<(Payment | undefined)[]> =>
    Promise.all(store.shards.map((shard) => shard.transaction((tx) => tx.payment(sampleHash(1)))))
  const undelivered = (): Promise<number[]> =>
    Promise.all(shards.map(async (shard) => (await shard.transaction((tx) => tx.undelivered(9))).length))

  const amount = toMicroTokens(7n)
  const pay = samplePayment(1, { amount })
  const claimed: Payment = { ...pay, state: 'claimed', claimed: pay.amount }

  it('hold the accounts by the first 4 bytes of their SHA-256', () => {
    expect([ann, amy, ben].map(({ account }) => store.shards.indexOf(store.shardOf(account)))).toEqual([
      0, 0, 1,
    ])
    expect(store.home).toBe(store.shards[0])
  })

  it('refuse to write what belongs to the other one', async () => {
    const [home, other] = store.shards
    const signed = sampleEntry(ann, 1)
    const wrong = [
      other?.transaction((tx) => tx.addVote(signed, sampleVote())),
      other?.transaction((tx) => tx.putAccount(sampleState(ann))),
      other?.transaction((tx) => tx.addSettlementVote(sampleHash(1), signed)),
      other?.transaction((tx) => tx.putStatus(ann.account, { frozenAtSeq: 1, bannedUntilMs: 1 })),
      other?.transaction((tx) => tx.putPayment(pay)),
      other?.transaction((tx) => tx.putPayment({ ...claimed, state: 'returned' })),
      home?.transaction((tx) => tx.putPayment(claimed)),
      home?.transaction((tx) => tx.putPayment({ ...pay, state: 'lapsed' })),
    ]
    for (const write of wrong) await expect(write).rejects.toMatchObject({ code: 'bad-input' })
    expect(await inShards()).toEqual([undefined, undefined])
  })

  it('both know a payment between them once it is written, and what became of it', async () => {
    await put(ann.account, pay)
    expect(await inShards()).toEqual([pay, pay])
    await put(ben.account, claimed)
    expect(await inShards()).toEqual([claimed, claimed])
    expect(await undelivered()).toEqual([0, 0])
  })

  it('keep a payment within one of them to it', async () => {
    const inner = samplePayment(1, { payee: amy.account })
    await put(ann.account, inner)
    expect(await inShards()).toEqual([inner, undefined])
    expect(await store.payment(sampleHash(1))).toEqual(inner)
  })

  for (const down of ['before', 'after'] as const) {
    it(`recover from a crash ${down} the other one wrote a payment`, async () => {
      shards[1].down = down
      await put(ann.account, pay)
      expect(await shards[0].transaction((tx) => tx.undelivered(9))).toHaveLength(1)
      await store.close()
      await open()
      expect(await inShards()).toEqual([pay, pay])
      expect(await undelivered()).toEqual([0, 0])
    })
  }

  it('deliver a payment again without harm to what happened since', async () => {
    shards[1].down = 'after'
    await put(ann.account, pay)
    const note = await shards[0].transaction((tx) => tx.undelivered(9))
    expect(note).toHaveLength(1)
    await store.close()
    // The payee's shard has the payment already, and there it is claimed before the delivery is made again.
    const alone = await openAlone(1)
    await alone.transaction((tx) => tx.putPayment(claimed))
    await alone.close()
    await open()
    expect(await inShards()).toEqual([claimed, claimed])
  })

  it('go on while one of them can not be reached, and catch up afterwards', async () => {
    shards[1].down = 'before'
    const payments = Array.from({ length: 100 }, (_, index) => samplePayment(index, { amount }))
    await Promise.all(payments.map((payment) => put(ann.account, payment)))
    await expect(put(ben.account, claimed)).rejects.toBe(unreachable)
    shards[1].down = 'no'
    await store.home.transaction((tx) => tx.account(ann.account))
    await store.close()
    const alone = await openAlone(1)
    expect(await alone.transaction((tx) => tx.openPaymentsTo(ben.account, 999))).toHaveLength(100)
    await alone.close()
    await open()
  })

  it('agree on the sums also while a payment is on its way', async () => {
    shards[1].down = 'before'
    await put(ann.account, samplePayment(1, { amount }))
    shards[1].down = 'no'
    expect(await store.sums()).toMatchObject({ pending: 7n })
    await store.close()
    await open()
    expect(await store.sums()).toMatchObject({ pending: 7n })
  })

  it('deliver at most what was written, whoever writes at the same time', async () => {
    const payments = Array.from({ length: 60 }, (_, index) =>
      index % 2 === 0
        ? samplePayment(index, { amount })
        : samplePayment(index, { amount, payer: ben.account, payee: ann.account }),
    )
    await Promise.all(payments.map((payment) => put(payment.payer, payment)))
    for (const payment of payments) {
      const shard = store.shardOf(payment.payee)
      expect(await shard.transaction((tx) => tx.payment(payment.hash))).toEqual(payment)
    }
    expect(await undelivered()).toEqual([0, 0])
  })
})
