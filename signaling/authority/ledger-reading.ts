import type { Account } from '../../src/domain/identity/account.ts'
import { LoremeshError } from '../../src/domain/kernel/errors.ts'
import type { Payment } from '../../src/domain/ledger/account-state.ts'
import { encodeCertificate, type CertifiedEntry } from '../../src/domain/ledger/certificate.ts'
import { parseDoubleVote } from '../../src/domain/ledger/double-vote.ts'
import type { EntryHash } from '../../src/domain/ledger/entry.ts'
import { parseForkProof } from '../../src/domain/ledger/fork-proof.ts'
import type { FraudProof } from '../../src/domain/ledger/fraud-proof.ts'
import { MAX_AUTHORITIES } from '../../src/domain/ledger/genesis.ts'
import {
  MAX_LOG_ENTRIES,
  type CertifiedWires,
  type LogHashes,
  type LogPage,
} from '../../src/protocols/authority.ts'
import {
  MAX_HEAD_ENTRIES,
  MAX_INBOX_ENTRIES,
  type AccountChain,
  type HeaderAnswer,
} from '../../src/protocols/ledger-replies.ts'
import type {
  AuthorityShard,
  AuthorityStore,
  LedgerSums,
  ShardTransaction,
} from '../authority-store/authority-store.ts'
import { recordKey } from '../authority-store/record-key.ts'
import { entryOf } from './cast-vote.ts'

/** Bytes of entries and certificates in a part of a log. */
const MAX_LOG_BYTES = 1_048_576
/** Entries of which the newest says when a part of a log was written. */
const NEIGHBOURS = 16

/** The whole ledger in numbers. */
export interface LedgerTotals extends LedgerSums {
  /** Whether what accounts hold, what is on its way and what the pool has is exactly what was minted. */
  readonly conserved: boolean
}

/** What an authority tells about the ledger. */
export interface LedgerReading {
  /** An account with its certified entries from `fromSeq` on, `MAX_HEAD_ENTRIES` at most, and what is voted for beyond them. */
  head(account: Account, fromSeq: number): Promise<AccountChain>
  /** What became of a payment; undefined when it is not known to be certified. */
  payment(hash: EntryHash): Promise<Payment | undefined>
  /** Entries that make open payments to an account, those that expire first at the beginning, `MAX_INBOX_ENTRIES` at most. */
  inbox(account: Account): Promise<readonly CertifiedEntry[]>
  /**
   * A part of the log of one of the database's shards, of about `maxBytes` at most. Throws `bad-input` for a shard that
   * there is not.
   */
  log(shard: number, fromPosition: number, maxBytes?: number): Promise<LogPage>
  /** Which entries the same part of a log has. Throws `bad-input` as `log` does. */
  logHashes(shard: number, fromPosition: number): Promise<LogHashes>
  /** Where the entries of a shard's log begin that are dated `timeMs` or later. Throws `bad-input` as `log` does. */
  positionSince(shard: number, timeMs: number): Promise<number>
  /**
   * Proofs of the forks for which accounts are frozen or banned now, one for each, and of every double vote of an
   * authority.
   */
  fraudsOf(accounts: readonly Account[]): Promise<readonly FraudProof[]>
  /** The final checkpoint of a height in wire forms; undefined when it is not known. */
  header(height: number): Promise<HeaderAnswer | undefined>
  totals(): Promise<LedgerTotals>
}

/** Reads the store of an authority; `clock` says which bans have ended. */
export function createLedgerReading(store: AuthorityStore, clock: { nowMs(): number }): LedgerReading {
  function requireShard(shard: number): AuthorityShard {
    const source = store.shards[shard]
    if (source === undefined) throw new LoremeshError('bad-input', `There is no shard ${shard}`)
    return source
  }

  /** The oldest proof against an account, while it counts. */
  async function forkOf(account: Account): Promise<readonly FraudProof[]> {
    const wires = await store.shardOf(account).transaction(async (transaction) => {
      const { frozenAtSeq, bannedUntilMs } = await transaction.status(account)
      if (frozenAtSeq === null && bannedUntilMs <= clock.nowMs()) return []
      const from = recordKey(account, 0)
      const before = recordKey(account, Number.MAX_SAFE_INTEGER)
      return transaction.records('fork-proof', { from, before, limit: 1 })
    })
    return wires.map(({ value }) => ({ type: 'fork-proof', proof: parseForkProof(value) }))
  }

  async function doubleVotes(): Promise<readonly FraudProof[]> {
    const wires = await store.home.transaction((home) =>
      home.records('double-vote', { limit: MAX_AUTHORITIES }),
    )
    return wires.map(({ value }) => ({ type: 'double-vote', evidence: parseDoubleVote(value) }))
  }

  async function entryOfPayment({ payer, hash }: Payment): Promise<readonly CertifiedEntry[]> {
    const entry = await store.shardOf(payer).transaction((transaction) => transaction.entry(hash))
    return entry === undefined ? [] : [entry]
  }

  return {
    head: (account, fromSeq) =>
      store.shardOf(account).transaction(async (transaction) => {
        const state = await transaction.account(account)
        const { frozenAtSeq } = await transaction.status(account)
        const vote = await transaction.vote(account, state === undefined ? 0 : state.seq + 1)
        return {
          state: state && { ...state, frozen: frozenAtSeq !== null },
          entries: await transaction.entries(account, fromSeq, MAX_HEAD_ENTRIES),
          voted: vote && entryOf(vote),
        }
      }),

    payment: (hash) => store.payment(hash),

    async inbox(account) {
      const payments = await store
        .shardOf(account)
        .transaction((transaction) => transaction.openPaymentsTo(account, MAX_INBOX_ENTRIES))
      return (await Promise.all(payments.map(entryOfPayment))).flat()
    },

    async log(shard, fromPosition, maxBytes = MAX_LOG_BYTES) {
      const rows = await requireShard(shard).transaction((transaction) =>
        transaction.log(fromPosition, MAX_LOG_ENTRIES),
      )
      const entries: CertifiedWires[] = []
      let nextPosition = fromPosition
      let bytes = 0
      for (const { signed, certificate, position } of rows) {
        const wires = { entryWire: signed.wire, certificateWire: encodeCertificate(certificate) }
        bytes += wires.entryWire.length + wires.certificateWire.length
        if (bytes > maxBytes) break
        entries.push(wires)
        nextPosition = position + 1
      }
      return { shards: store.shards.length, nextPosition, entries }
    },

    async logHashes(shard, fromPosition) {
      const entries = await requireShard(shard).transaction((transaction) =>
        transaction.logHashes(fromPosition, MAX_LOG_ENTRIES),
      )
      return { shards: store.shards.length, entries }
    },

    async positionSince(shard, timeMs) {
      return requireShard(shard).transaction((transaction) => firstSince(transaction, timeMs))
    },

    async fraudsOf(accounts) {
      const forks = await Promise.all(accounts.map(forkOf))
      return [...forks.flat(), ...(await doubleVotes())]
    },

    async header(height) {
      const stored = await store.home.transaction((home) => home.checkpoint(height))
      return stored && { header: stored.header, certificate: stored.certificate }
    },

    async totals() {
      const sums = await store.sums()
      const { minted, pool, balances, credits, locked, stakes, pending, drawn } = sums
      const held = balances + credits + locked + stakes + pending + pool - drawn
      return { ...sums, conserved: held === minted }
    },
  }
}

/**
 * The lowest position of a log from which on entries are dated `timeMs` or later, by bisection: a log is in the order of
 * time but for what was certified long after it was written. Such entries lead nobody astray, because the newest of
 * several neighbours is looked at.
 */
async function firstSince(transaction: Pick<ShardTransaction, 'log'>, timeMs: number): Promise<number> {
  const isSince = async (position: number): Promise<boolean> => {
    const rows = await transaction.log(position, NEIGHBOURS)
    return rows.length === 0 || rows.some(({ signed }) => signed.entry.timestampMs >= timeMs)
  }
  let low = 0
  let high = 1
  while (!(await isSince(high))) [low, high] = [high, 2 * high]
  while (high - low > 1) {
    const middle = low + Math.floor((high - low) / 2)
    if (await isSince(middle)) high = middle
    else low = middle
  }
  return high
}
