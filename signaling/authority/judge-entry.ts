import { bytesEqual } from '../../src/domain/kernel/bytes.ts'
import { ZERO_TOKENS } from '../../src/domain/kernel/micro-tokens.ts'
import type { AccountState, Payment } from '../../src/domain/ledger/account-state.ts'
import { applyEntry, type Transition } from '../../src/domain/ledger/apply-entry.ts'
import type { Certificate } from '../../src/domain/ledger/certificate.ts'
import { sourcesOf, type EntryHash, type SignedEntry } from '../../src/domain/ledger/entry.ts'
import type { Genesis } from '../../src/domain/ledger/genesis.ts'
import type { VerifiedEntry } from '../../src/domain/ledger/verify-entry.ts'
import type { ShardTransaction } from '../authority-store/authority-store.ts'
import { readSlashed, type CheckpointAt } from './checkpoint-view.ts'

/**
 * What an entry changes: reads everything that it is judged by from its account's shard, then lets the domain judge.
 * `state` is the account's as the transaction sees it. Throws what `applyEntry` throws.
 */
export async function judgeEntry(
  transaction: ShardTransaction,
  verified: VerifiedEntry,
  state: AccountState | undefined,
  { genesis, at }: { readonly genesis: Genesis; readonly at: CheckpointAt },
): Promise<Transition> {
  const { account, checkpoint, operation } = verified.entry
  const payments = await readPayments(transaction, sourcesOf(operation))
  const passesCheckpoints = state !== undefined && state.checkpoint < checkpoint
  const slashed = passesCheckpoints
    ? await readSlashed(transaction, account, state.checkpoint, checkpoint)
    : ZERO_TOKENS
  return applyEntry(state, verified, {
    genesis,
    payment: (hash) => payments.get(hash),
    checkpoint: at,
    slashed: (of) => (bytesEqual(of, account) ? slashed : ZERO_TOKENS),
  })
}

/** Stores a certified entry and what it changes. */
export async function advance(
  transaction: ShardTransaction,
  signed: SignedEntry,
  certificate: Certificate,
  transition: Transition,
): Promise<void> {
  await transaction.addEntry({ signed, certificate }, transition)
  await transaction.putAccount(transition.state)
  for (const payment of transition.payments) await transaction.putPayment(payment)
}

/** The payments that the transaction's shard knows among those named. */
export async function readPayments(
  transaction: ShardTransaction,
  hashes: readonly EntryHash[],
): Promise<ReadonlyMap<EntryHash, Payment>> {
  const payments = new Map<EntryHash, Payment>()
  for (const hash of hashes) {
    const payment = await transaction.payment(hash)
    if (payment !== undefined) payments.set(hash, payment)
  }
  return payments
}
