import { bytesToHexText } from '../domain/kernel/bytes.ts'
import type { EntryHash, SignedEntry } from '../domain/ledger/entry.ts'
import { createGroups } from './groups.ts'

/** Entries kept until their certificate comes: altogether, and of one account. */
const MAX_WAITING = 2_000
const MAX_WAITING_OF_ACCOUNT = 64
/** Entries remembered after that. */
const MAX_SETTLED = 2_000

/** Gossiped entries that wait for their certificate. Where there are too many, the oldest of the account or of all goes. */
export interface WaitingEntries {
  /** True when the entry waits, or was settled recently. */
  isKnown(hash: EntryHash): boolean
  add(signed: SignedEntry): void
  get(hash: EntryHash): SignedEntry | undefined
  /** The entry's certificate came. */
  settle(hash: EntryHash): void
}

/** Creates the waiting room, empty. */
export function createWaitingEntries(): WaitingEntries {
  const waiting = new Map<EntryHash, SignedEntry>()
  const byAccount = createGroups<EntryHash>()
  const settled = new Set<EntryHash>()

  function remove(hash: EntryHash): void {
    const signed = waiting.get(hash)
    if (signed === undefined) return
    waiting.delete(hash)
    byAccount.remove(bytesToHexText(signed.entry.account), hash)
  }

  return {
    isKnown: (hash) => waiting.has(hash) || settled.has(hash),
    add(signed) {
      const account = bytesToHexText(signed.entry.account)
      waiting.set(signed.hash, signed)
      byAccount.add(account, signed.hash)
      const [oldest] = waiting.keys()
      const excess = byAccount.oldestBeyond(MAX_WAITING_OF_ACCOUNT, account)
      if (excess !== undefined) remove(excess)
      else if (oldest !== undefined && waiting.size > MAX_WAITING) remove(oldest)
    },
    get: (hash) => waiting.get(hash),
    settle(hash) {
      remove(hash)
      settled.add(hash)
      const [oldest] = settled
      if (oldest !== undefined && settled.size > MAX_SETTLED) settled.delete(oldest)
    },
  }
}
