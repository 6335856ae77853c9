import type { AccountState, Payment } from '../../src/domain/ledger/account-state.ts'
import { sourcesOf, type Entry, type SignedEntry } from '../../src/domain/ledger/entry.ts'
import { parseGrant } from '../../src/domain/ledger/grant.ts'
import { toMicroTokens, ZERO_TOKENS, type MicroTokens } from '../../src/domain/kernel/micro-tokens.ts'
import { stateAfter } from '../../src/domain/ledger/state-after.ts'
import type { AuthorityShard, AuthorityStore, ShardTransaction } from '../authority-store/authority-store.ts'
import { holdForVoid } from '../authority/void-hold.ts'
import type { CutPlace } from './cut.ts'
import { inShards } from './in-shards.ts'
import { readPayees } from './lapses.ts'

/*
 * The quorum that declared a place void knew no certificate for it. One that came here meanwhile, or only here, does not
 * count, and what its entry did is undone. Nothing certified can rest on it: that would have taken authorities of the
 * quorum, who let nothing take the place meanwhile.
 */

/** An entry that became certified in a void place, and the payments that it made or settled. */
export interface VoidedEntry {
  readonly signed: SignedEntry
  readonly payments: readonly Payment[]
}

/** The voided entries of those that are certified here: no other ones will be from now on. */
export async function readVoided(
  store: AuthorityStore,
  voids: readonly CutPlace[],
  height: number,
): Promise<readonly SignedEntry[]> {
  const found = await inShards(store, voids, async (transaction, place) => {
    if (await holdForVoid(transaction, place, { height, votedBeforeMs: Number.POSITIVE_INFINITY })) {
      return undefined
    }
    const [certified] = await transaction.entries(place.account, place.seq, 1)
    return certified?.signed
  })
  return found.filter((signed) => signed !== undefined)
}

/** What is undone with a voided entry. It is the same when some of it is undone already. */
export async function withPayments(store: AuthorityStore, signed: SignedEntry): Promise<VoidedEntry> {
  return { signed, payments: await readPayees(store, [signed.hash, ...sourcesOf(signed.entry.operation)]) }
}

/** Undoes in a shard what a voided entry did there. Done again, it changes nothing. */
export async function removeVoided(
  transaction: ShardTransaction,
  { signed, payments }: VoidedEntry,
  { shard, shardOf }: { readonly shard: AuthorityShard; readonly shardOf: AuthorityStore['shardOf'] },
): Promise<void> {
  const { account, seq } = signed.entry
  for (const payment of payments) {
    if (shardOf(payment.payer) !== shard && shardOf(payment.payee) !== shard) continue
    await transaction.restorePayment(payment.hash, statesAround(signed, payment), account)
  }
  if (shardOf(account) !== shard) return
  const [before] = await transaction.entries(account, seq - 1, 1)
  const state = await transaction.account(account)
  if (before?.signed.entry.seq !== seq - 1 || state?.head !== signed.hash) return
  const minted = mintedBy(signed.entry)
  const held = holdings(before.signed.entry) + broughtBy(signed.entry, payments)
  const toPool = toMicroTokens(held - holdings(signed.entry))
  await transaction.removeEntry(signed, restored(before.signed, state, signed), { minted, toPool })
}

/** The states of a payment before and after an entry that made or settled it. */
function statesAround(
  { entry, hash }: SignedEntry,
  payment: Payment,
): Parameters<ShardTransaction['restorePayment']>[1] {
  if (payment.hash === hash) return { before: undefined, after: 'open' }
  if (entry.operation.type === 'claim') return { before: 'open', after: 'claimed' }
  return { before: payment.claimed > 0n ? 'claimed' : 'lapsed', after: 'returned' }
}

function restored(before: SignedEntry, { grants }: AccountState, { entry }: SignedEntry): AccountState {
  const { operation } = entry
  const collected = operation.type === 'collect' ? parseGrant(operation.grant).grant.id : undefined
  return { ...stateAfter(before, undefined), grants: grants.filter((id) => id !== collected) }
}

function holdings({ balance, credit, locked, stake }: Entry): bigint {
  return balance + credit + locked + stake
}

function mintedBy({ operation }: Entry): MicroTokens {
  return operation.type === 'collect' ? parseGrant(operation.grant).grant.amount : ZERO_TOKENS
}

/** By how much an entry changes what its account holds, besides what decay and slashes take. */
function broughtBy(entry: Entry, payments: readonly Payment[]): bigint {
  const { operation } = entry
  switch (operation.type) {
    case 'pay':
      return 0n - operation.amount
    case 'claim':
      return operation.amount
    case 'reclaim':
      return payments.reduce((sum, { amount }) => sum + amount, 0n)
    case 'release':
      return payments.reduce((sum, { claimed }) => sum - claimed, 0n)
    case 'collect':
      return mintedBy(entry)
    case 'open':
    case 'reserve':
      return 0n
  }
}
