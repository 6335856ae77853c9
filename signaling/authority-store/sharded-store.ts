import { LoremeshError } from '../../src/domain/kernel/errors.ts'
import { sumTokens } from '../../src/domain/kernel/micro-tokens.ts'
import type { AuthorityShard, AuthorityStore, LedgerSums, ShardTransaction } from './authority-store.ts'
import { createDeliveries, deliverAll, type Deliveries } from './deliveries.ts'
import { furtherOn } from './payment-tables.ts'
import { shardIndexOf } from './shard-place.ts'
import type { SqlShard } from './sql-shard.ts'

/**
 * The store that shards make up, in the order of their places. What a crash left undelivered between them is delivered
 * first. Throws `bad-input` without a shard, and what the transactions throw.
 */
export async function openShardedStore(sqlShards: readonly SqlShard[]): Promise<AuthorityStore> {
  for (const source of sqlShards) await deliverAll(source, sqlShards)
  const deliveries = sqlShards.map((source) => createDeliveries(source, sqlShards))
  const shards = sqlShards.map((shard, index) => createDeliveringShard(shard, index, deliveries))
  const [home] = shards
  if (home === undefined) throw new LoremeshError('bad-input', 'A store has at least one shard')

  function inEach<T>(task: (transaction: ShardTransaction) => Promise<T>): Promise<T[]> {
    return Promise.all(shards.map((shard) => shard.transaction(task)))
  }

  return {
    shards,
    home,
    shardOf: (account) => shards[shardIndexOf(account, shards.length)] ?? home,
    async bindNetwork(network) {
      for (const shard of sqlShards) {
        await shard.transaction((transaction) => transaction.bindNetwork(network))
      }
    },
    async payment(hash) {
      const known = await inEach((transaction) => transaction.payment(hash))
      return known.reduce((best, next) => (best && next ? furtherOn(best, next) : (best ?? next)))
    },
    async sums() {
      return (await inEach((transaction) => transaction.sums())).reduce(addSums)
    },
    async close() {
      await Promise.all(deliveries.map((delivery) => delivery.settled()))
      await Promise.all(sqlShards.map((shard) => shard.close()))
    },
  }
}

/** A shard that tells the others about the payments that its transactions write. */
function createDeliveringShard(
  shard: SqlShard,
  index: number,
  deliveries: readonly Deliveries[],
): AuthorityShard {
  return {
    async transaction(task) {
      const { result, hasDeliveries } = await shard.transaction(async (transaction) => ({
        result: await task(transaction),
        hasDeliveries: transaction.hasDeliveries(),
      }))
      const own = deliveries[index]
      // While another shard can't be reached, this one goes on without waiting for it.
      if (hasDeliveries && own?.isStuck() === false) await own.deliver()
      for (const delivery of deliveries) if (delivery.isStuck()) void delivery.deliver()
      return result
    },
  }
}

function addSums(a: LedgerSums, b: LedgerSums): LedgerSums {
  return {
    minted: sumTokens([a.minted, b.minted]),
    pool: sumTokens([a.pool, b.pool]),
    balances: sumTokens([a.balances, b.balances]),
    credits: sumTokens([a.credits, b.credits]),
    locked: sumTokens([a.locked, b.locked]),
    stakes: sumTokens([a.stakes, b.stakes]),
    pending: a.pending + b.pending,
    drawn: a.drawn + b.drawn,
    accounts: a.accounts + b.accounts,
    entries: a.entries + b.entries,
  }
}
