import type { AccountState } from '../../src/domain/ledger/account-state.ts'
import type { SignedEntry } from '../../src/domain/ledger/entry.ts'
import type { LedgerStore } from '../../src/ports/ledger-store.ts'
import { sampleEntry } from './sample-records.ts'

/** The entries of a chain, oldest first, and the state after the last one. */
export interface Chain {
  readonly entries: readonly SignedEntry[]
  readonly state: AccountState
}

/** Appends that many entries to an empty store, `open` first. */
export async function appendEntries(store: LedgerStore, length: number): Promise<Chain> {
  const entries: SignedEntry[] = []
  let state: AccountState | undefined
  for (let index = 0; index < length; index++) {
    const next = sampleEntry(state)
    await store.append(next.signed, next.state, state?.head)
    entries.push(next.signed)
    state = next.state
  }
  if (state === undefined) throw new RangeError('A chain has at least one entry')
  return { entries, state }
}
