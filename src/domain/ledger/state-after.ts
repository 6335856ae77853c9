import type { AccountState } from './account-state.ts'
import type { SignedEntry } from './entry.ts'
import { parseGrant } from './grant.ts'

/**
 * The account after an entry that is known to be right, because it is certified or because its own account signed it:
 * every entry states the amounts that come of it. `before` is undefined for the first one.
 */
export function stateAfter({ entry, hash }: SignedEntry, before: AccountState | undefined): AccountState {
  const { account, seq, balance, credit, locked, stake, timestampMs, checkpoint, operation } = entry
  const grants = before?.grants ?? []
  return {
    account,
    head: hash,
    seq,
    balance,
    credit,
    locked,
    stake,
    timestampMs,
    checkpoint,
    frozen: before?.frozen ?? false,
    grants: operation.type === 'collect' ? [...grants, parseGrant(operation.grant).grant.id] : grants,
  }
}
