import type { Genesis } from '../../src/domain/ledger/genesis.ts'
import type { AuthorityStore } from '../authority-store/authority-store.ts'
import { leafOf, type FinalLedger } from './final-ledger.ts'
import { chooseFrauds } from './frauds.ts'
import { readExpired } from './lapses.ts'

/** When nothing changes, there is a checkpoint this often, so that peers have a recent one to name. */
const MAX_INTERVAL_MS = 600_000

/**
 * Whether the next checkpoint is due at a moment: when the interval is over and something changed, or after ten minutes.
 */
export async function isDue(
  store: AuthorityStore,
  final: FinalLedger,
  { genesis, nowMs }: { readonly genesis: Genesis; readonly nowMs: number },
): Promise<boolean> {
  const ageMs = nowMs - final.timeMs
  if (ageMs < genesis.checkpointIntervalMs) return false
  return ageMs >= MAX_INTERVAL_MS || (await hasNews(store, final, genesis, nowMs))
}

async function hasNews(
  store: AuthorityStore,
  final: FinalLedger,
  genesis: Genesis,
  timeMs: number,
): Promise<boolean> {
  for (const shard of store.shards) {
    const moved = await shard.transaction((transaction) => transaction.movedAccounts(undefined, 1))
    if (moved.length > 0) return true
  }
  if ((await readExpired(store, timeMs, genesis, 1)).length > 0) return true
  const seqOf = (account: Parameters<typeof leafOf>[1]): number => leafOf(final, account)?.seq ?? -1
  const { choice } = await chooseFrauds(store, { facts: final.facts, timeMs, seqOf, genesis })
  return Object.values(choice).some(({ length }) => length > 0)
}
