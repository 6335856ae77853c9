import type { Account } from '../../src/domain/identity/account.ts'
import { LoremeshError } from '../../src/domain/kernel/errors.ts'
import type { Payment } from '../../src/domain/ledger/account-state.ts'
import { encodeCertificate, type CertifiedEntry } from '../../src/domain/ledger/certificate.ts'
import type { EntryHash } from '../../src/domain/ledger/entry.ts'
import { MAX_LOG_ENTRIES, type CertifiedWires, type LogPage } from '../../src/protocols/authority.ts'
import { MAX_HEAD_ENTRIES, MAX_INBOX_ENTRIES, type AccountChain } from '../../src/protocols/ledger-replies.ts'
import type { AuthorityStore, LedgerSums } from '../authority-store/authority-store.ts'
import { entryOf } from './cast-vote.ts'

/** Bytes of entries and certificates in a part of a log. */
const MAX_LOG_BYTES = 1_048_576

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
  /** A part of the log of one of the database's shards. Throws `bad-input` for a shard that there is not. */
  log(shard: number, fromPosition: number): Promise<LogPage>
  totals(): Promise<LedgerTotals>
}

/** Reads the store of an authority. */
export function createLedgerReading(store: AuthorityStore): LedgerReading {
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

    async log(shard, fromPosition) {
      const source = store.shards[shard]
      if (source === undefined) throw new LoremeshError('bad-input', `There is no shard ${shard}`)
      const rows = await source.transaction((transaction) => transaction.log(fromPosition, MAX_LOG_ENTRIES))
      const entries: CertifiedWires[] = []
      let nextPosition = fromPosition
      let bytes = 0
      for (const { signed, certificate, position } of rows) {
        const wires = { entryWire: signed.wire, certificateWire: encodeCertificate(certificate) }
        bytes += wires.entryWire.length + wires.certificateWire.length
        if (bytes > MAX_LOG_BYTES) break
        entries.push(wires)
        nextPosition = position + 1
      }
      return { shards: store.shards.length, nextPosition, entries }
    },

    async totals() {
      const sums = await store.sums()
      const { minted, pool, balances, credits, locked, stakes, pending, drawn } = sums
      const held = balances + credits + locked + stakes + pending + pool - drawn
      return { ...sums, conserved: held === minted }
    },
  }
}
