import type { SqlShard } from './sql-shard.ts'

const MAX_PARCEL = 64

/** What one shard must tell the others about payments. */
export interface Deliveries {
  /** Whether the last attempt failed, so that something may wait. */
  isStuck(): boolean
  /** Delivers everything that is noted when it is called. Never fails: what can't be delivered stays noted. */
  deliver(): Promise<void>
  /** Waits until no delivery is under way. */
  settled(): Promise<void>
}

/** Creates the deliveries out of `source`; `shards` are all of them, in the order of their places. */
export function createDeliveries(source: SqlShard, shards: readonly SqlShard[]): Deliveries {
  let last: Promise<void> = Promise.resolve()
  let following: Promise<void> | undefined
  let isStuck = false

  async function run(): Promise<void> {
    following = undefined
    try {
      await deliverAll(source, shards)
      isStuck = false
    } catch {
      isStuck = true
    }
  }

  return {
    isStuck: () => isStuck,
    deliver() {
      // A run that has begun may have looked before the caller's payment was noted; the one after it looks later.
      following ??= last.then(run)
      last = following
      return following
    },
    settled: () => last,
  }
}

/** Delivers everything that `source` has noted. Throws what the transactions throw. */
export async function deliverAll(source: SqlShard, shards: readonly SqlShard[]): Promise<void> {
  for (;;) {
    const deliveries = await source.transaction((transaction) => transaction.undelivered(MAX_PARCEL))
    if (deliveries.length === 0) return
    for (const [index, target] of shards.entries()) {
      const parcel = deliveries.filter(({ to }) => to === index)
      if (parcel.length === 0) continue
      await target.transaction(async (transaction) => {
        for (const { payment } of parcel) await transaction.mergePayment(payment)
      })
    }
    await source.transaction(async (transaction) => {
      for (const delivery of deliveries) await transaction.removeDelivery(delivery)
    })
  }
}
