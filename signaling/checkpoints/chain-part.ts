import type { Account } from '../../src/domain/identity/account.ts'
import { LoremeshError } from '../../src/domain/kernel/errors.ts'
import type { Payment } from '../../src/domain/ledger/account-state.ts'
import { sourcesOf, type EntryHash, type SignedEntry } from '../../src/domain/ledger/entry.ts'
import type { AuthorityStore, ShardTransaction } from '../authority-store/authority-store.ts'
import { readPayments } from '../authority/judge-entry.ts'
import type { CutPlace } from './cut.ts'
import { leafOf, type FinalLedger } from './final-ledger.ts'
import { inShards } from './in-shards.ts'

/** A part of an account's chain that a checkpoint is the first to contain. */
export interface ChainPart {
  readonly account: Account
  /** The newest entry that the checkpoint before contains. */
  readonly parent: SignedEntry | undefined
  /** At least one, in their order. */
  readonly entries: readonly SignedEntry[]
  /** The payments that they settle, whose amounts never change. */
  readonly payments: ReadonlyMap<EntryHash, Payment>
}

/** How far the part reaches. */
export function endOf({ account, entries }: ChainPart): CutPlace {
  return { account, seq: entries.at(-1)?.entry.seq ?? -1 }
}

/**
 * Reads what a cut adds to the final ledger. Throws `unknown-parent` when entries are not known here (yet), `bad-checkpoint`
 * for a place that the final ledger contains already.
 */
export async function readChainParts(
  store: AuthorityStore,
  final: FinalLedger,
  cut: readonly CutPlace[],
): Promise<readonly ChainPart[]> {
  const moves = cut.map(({ account, seq }) => {
    const from = leafOf(final, account)?.seq ?? -1
    if (seq <= from) throw new LoremeshError('bad-checkpoint', 'An account of the cut has not moved')
    return { account, from, to: seq }
  })
  return inShards(store, moves, readPart)
}

async function readPart(
  transaction: ShardTransaction,
  { account, from, to }: { readonly account: Account; readonly from: number; readonly to: number },
): Promise<ChainPart> {
  const state = await transaction.account(account)
  if (state === undefined || state.seq < to) {
    throw new LoremeshError('unknown-parent', `Entries up to seq ${to} of an account are not known here`)
  }
  const first = Math.max(from, 0)
  const known = (await transaction.entries(account, first, to - first + 1)).map(({ signed }) => signed)
  const [parent, ...others] = known
  const entries = from < 0 ? known : others
  const sources = entries.flatMap(({ entry }) => sourcesOf(entry.operation))
  return {
    account,
    parent: from < 0 ? undefined : parent,
    entries,
    payments: await readPayments(transaction, sources),
  }
}
