import type { Account } from '../../src/domain/identity/account.ts'
import type { AuthorityStore, ShardTransaction } from '../authority-store/authority-store.ts'

/** Accounts that are looked at in one transaction, so that votes don't wait long behind it. */
const BATCH = 64

/** Does something with each item in the shard of its account, and gives the results in the order of the items. */
export async function inShards<Item extends { readonly account: Account }, Result>(
  store: AuthorityStore,
  items: readonly Item[],
  task: (transaction: ShardTransaction, item: Item) => Promise<Result>,
): Promise<readonly Result[]> {
  const results = new Map<Item, Result>()
  for (const shard of store.shards) {
    const here = items.filter(({ account }) => store.shardOf(account) === shard)
    for (let start = 0; start < here.length; start += BATCH) {
      const batch = here.slice(start, start + BATCH)
      const done = await shard.transaction(async (transaction) => {
        const some: (readonly [Item, Result])[] = []
        for (const item of batch) some.push([item, await task(transaction, item)])
        return some
      })
      for (const [item, result] of done) results.set(item, result)
    }
  }
  return items.flatMap((item) => (results.has(item) ? [results.get(item) as Result] : []))
}
