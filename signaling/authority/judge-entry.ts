import { LoremeshError } from '../../src/domain/kernel/errors.ts'
import { sumTokens, type MicroTokens } from '../../src/domain/kernel/micro-tokens.ts'
import type { AccountState, Payment } from '../../src/domain/ledger/account-state.ts'
import { applyEntry, type Transition } from '../../src/domain/ledger/apply-entry.ts'
import type { Certificate } from '../../src/domain/ledger/certificate.ts'
import { sourcesOf, type EntryHash, type SignedEntry } from '../../src/domain/ledger/entry.ts'
import type { Genesis } from '../../src/domain/ledger/genesis.ts'
import type { VerifiedEntry } from '../../src/domain/ledger/verify-entry.ts'
import { isVoided, type DatedFact } from '../../src/domain/ledger/void-place.ts'
import type { ShardTransaction } from '../authority-store/authority-store.ts'
import { readFacts, type CheckpointAt } from './checkpoint-view.ts'
import { checkNotVoiding } from './void-hold.ts'

/**
 * What an entry changes: reads everything that it is judged by from its account's shard, then lets the domain judge.
 * `state` is the account's as the transaction sees it. Throws what `applyEntry` throws, `void-place` for an entry in a place
 * that was declared void after it was written: votes for it may be left from before, and must not count; `not-ready` while
 * that is about to be decided.
 */
export async function judgeEntry(
  transaction: ShardTransaction,
  verified: VerifiedEntry,
  state: AccountState | undefined,
  { genesis, at }: { readonly genesis: Genesis; readonly at: CheckpointAt },
): Promise<Transition> {
  const { account, checkpoint, operation } = verified.entry
  const facts = await readFacts(transaction, account, state?.checkpoint ?? checkpoint)
  if (isVoided(facts, verified.entry)) throw inVoidPlace()
  await checkNotVoiding(transaction, verified.entry)
  const payments = await readPayments(transaction, sourcesOf(operation))
  return applyEntry(state, verified, {
    genesis,
    payment: (hash) => payments.get(hash),
    checkpoint: at,
    slashed: (_account, after, upTo) => slashedBy(facts, after, upTo),
  })
}

/** Why nothing counts that is written in a void place by who does not know that it is void. */
export function inVoidPlace(): LoremeshError {
  return new LoremeshError(
    'void-place',
    'A checkpoint has declared the place of the entry void',
    'Make a new entry that names the newest checkpoint',
  )
}

/** Stake that the checkpoints above `after`, up to `upTo`, take from the account that the facts are about. */
function slashedBy(facts: readonly DatedFact[], after: number, upTo: number): MicroTokens {
  const during = facts.filter(({ height }) => height > after && height <= upTo)
  return sumTokens(during.map(({ fact }) => (fact.type === 'slash' ? fact.amount : 0n)))
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
