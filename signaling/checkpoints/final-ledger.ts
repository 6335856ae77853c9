import type { Account } from '../../src/domain/identity/account.ts'
import { ZERO_TOKENS, type MicroTokens } from '../../src/domain/kernel/micro-tokens.ts'
import type { AccountLeaf } from '../../src/domain/ledger/account-leaf.ts'
import { NO_CHECKPOINT } from '../../src/domain/ledger/checkpoint.ts'
import { beginningOf, type Genesis } from '../../src/domain/ledger/genesis.ts'
import { createAccountsTree, type AccountsTree } from '../../src/domain/ledger/merkle-sum-tree.ts'
import type { NetworkParameters } from '../../src/domain/ledger/network-parameters.ts'
import type { CheckpointPlace } from '../../src/domain/ledger/skip-links.ts'
import { createEarnings, utcDay, type Earnings } from './earnings.ts'
import { createFactBook, type FactBook } from './fact-book.ts'

/** What a checkpoint's header says about everything that is in no account. Amounts in µT. */
interface Totals {
  readonly pending: MicroTokens
  readonly drawn: MicroTokens
  readonly pool: MicroTokens
  readonly minted: MicroTokens
  readonly burned: MicroTokens
  readonly entryCount: number
}

/** The newest final checkpoint with everything that the next one follows from. It never changes. */
export interface FinalLedger extends CheckpointPlace {
  readonly timeMs: number
  readonly totals: Totals
  readonly parameters: NetworkParameters
  readonly tree: AccountsTree
  readonly earnings: Earnings
  readonly facts: FactBook
}

/** What a network starts from. */
export function firstLedger(genesis: Genesis): FinalLedger {
  const { timeMs, parameters } = beginningOf(genesis)
  return {
    height: 0,
    hash: NO_CHECKPOINT,
    timeMs,
    totals: {
      pending: ZERO_TOKENS,
      drawn: ZERO_TOKENS,
      pool: ZERO_TOKENS,
      minted: ZERO_TOKENS,
      burned: ZERO_TOKENS,
      entryCount: 0,
    },
    parameters,
    tree: createAccountsTree([]),
    earnings: createEarnings(utcDay(timeMs)),
    facts: createFactBook(),
  }
}

/** What the checkpoint says about an account. */
export function leafOf({ tree }: FinalLedger, account: Account): AccountLeaf | undefined {
  return tree.proofOf(account)?.leaf
}
