import { DatabaseSync } from 'node:sqlite'
import type { Account } from '../src/domain/identity/account.ts'
import { bytesEqual } from '../src/domain/kernel/bytes.ts'
import { LoremeshError } from '../src/domain/kernel/errors.ts'
import type { MicroTokens } from '../src/domain/kernel/micro-tokens.ts'
import type { AccountState, Payment } from '../src/domain/ledger/account-state.ts'
import { encodeCertificate } from '../src/domain/ledger/certificate.ts'
import { entryHashToDigest, type EntryHash, type SignedEntry } from '../src/domain/ledger/entry.ts'
import type { Vote } from '../src/domain/ledger/vote.ts'
import type { CertifiedEntry } from '../src/protocols/ledger.ts'
import {
  bytesOf,
  hashOf,
  rowToAccount,
  rowToEntry,
  rowToPayment,
  rowToSums,
  rowToVote,
  type LedgerSums,
  type StoredVote,
} from './authority-rows.ts'
import { SCHEMA, SCHEMA_VERSION } from './authority-schema.ts'

/** An authority's database. What belongs together runs in one `transaction`. */
export interface AuthorityStore {
  /** Runs `task` in one transaction that holds the write lock from its beginning; an error rolls it back. */
  transaction<T>(task: () => T): T
  /** Remembers whose ledger this is; throws `bad-input` when it is another network's. */
  bindNetwork(network: Uint8Array): void
  vote(account: Account, seq: number): StoredVote | undefined
  /** Adds the only vote for a place; fails when there is one. */
  addVote(signed: SignedEntry, vote: Vote): void
  /** The entry for which claiming or taking back a payment was voted. */
  settlementVote(payment: EntryHash): EntryHash | undefined
  addSettlementVote(payment: EntryHash, entry: EntryHash): void
  account(account: Account): AccountState | undefined
  putAccount(state: AccountState): void
  payment(hash: EntryHash): Payment | undefined
  putPayment(payment: Payment): void
  addEntry(entry: CertifiedEntry, minted: MicroTokens): void
  /** Certified entries of an account from `fromSeq` on, oldest first, at most `limit`. */
  entries(account: Account, fromSeq: number, limit: number): readonly CertifiedEntry[]
  /** Wire form of a grant that was issued. */
  grant(account: Account, id: string): Uint8Array | undefined
  addGrant(account: Account, id: string, issuedAtMs: number, wire: Uint8Array): void
  grantsIssuedSince(timeMs: number): number
  sums(): LedgerSums
  close(): void
}

/** Opens the database of an authority; `:memory:` keeps it in memory. Every commit is on the disk before it is reported. */
export function openAuthorityStore(path: string): AuthorityStore {
  const database = openDatabase(path)
  const statements = prepareStatements(database)
  return {
    transaction(task) {
      database.exec('BEGIN IMMEDIATE')
      try {
        const result = task()
        database.exec('COMMIT')
        return result
      } catch (error) {
        if (database.isTransaction) database.exec('ROLLBACK')
        throw error
      }
    },
    bindNetwork(network) {
      const row = statements.network.get()
      if (row === undefined) statements.addNetwork.run(network)
      else if (!bytesEqual(bytesOf(row, 'id'), network)) {
        throw new LoremeshError(
          'bad-input',
          'The stored ledger belongs to another network',
          'Start with the data directory of this network, or with an empty one',
        )
      }
    },
    vote: (account, seq) => rowToVote(statements.vote.get(account, seq)),
    addVote({ entry, hash }, { authority, signature }) {
      statements.addVote.run(entry.account, entry.seq, entryHashToDigest(hash), authority, signature)
    },
    settlementVote(payment) {
      const row = statements.settlementVote.get(entryHashToDigest(payment))
      return row === undefined ? undefined : hashOf(row, 'entry')
    },
    addSettlementVote(payment, entry) {
      statements.addSettlementVote.run(entryHashToDigest(payment), entryHashToDigest(entry))
    },
    account: (account) => rowToAccount(statements.account.get(account)),
    putAccount(state) {
      const { account, head, seq, balance, credit, locked, stake, timestampMs, frozen, grants } = state
      const amounts = [balance, credit, locked, stake] as const
      const rest = [timestampMs, frozen ? 1 : 0, JSON.stringify(grants)] as const
      statements.putAccount.run(account, entryHashToDigest(head), seq, ...amounts, ...rest)
    },
    payment: (hash) => rowToPayment(statements.payment.get(entryHashToDigest(hash))),
    putPayment({ hash, payer, payee, amount, fromCredit, expiresAtMs, state }) {
      statements.putPayment.run(entryHashToDigest(hash), payer, payee, amount, fromCredit, expiresAtMs, state)
    },
    addEntry({ signed, certificate }, minted) {
      const { account, seq } = signed.entry
      statements.addEntry.run(account, seq, signed.wire, encodeCertificate(certificate), minted)
    },
    entries: (account, fromSeq, limit) => statements.entries.all(account, fromSeq, limit).map(rowToEntry),
    grant(account, id) {
      const row = statements.grant.get(account, id)
      return row === undefined ? undefined : bytesOf(row, 'wire')
    },
    addGrant(account, id, issuedAtMs, wire) {
      statements.addGrant.run(account, id, issuedAtMs, wire)
    },
    grantsIssuedSince: (timeMs) => Number(statements.grantsIssuedSince.get(timeMs)?.['issued']),
    sums: () => rowToSums(statements.sums.get()),
    close: () => database.close(),
  }
}

function openDatabase(path: string): DatabaseSync {
  const database = new DatabaseSync(path, { readBigInts: true })
  // FULL: an authority that forgot a vote in a power cut could vote for a second entry at the same place.
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA busy_timeout = 5000')
  const version = Number(database.prepare('PRAGMA user_version').get()?.['user_version'])
  if (version === 0) database.exec(`BEGIN; ${SCHEMA} PRAGMA user_version = ${SCHEMA_VERSION}; COMMIT`)
  else if (version !== SCHEMA_VERSION) {
    database.close()
    throw new LoremeshError(
      'unsupported',
      'Another version of Loremesh has written this ledger',
      'Run that version',
    )
  }
  return database
}

function prepareStatements(database: DatabaseSync) {
  return {
    network: database.prepare('SELECT id FROM network'),
    addNetwork: database.prepare('INSERT INTO network VALUES (?)'),
    vote: database.prepare('SELECT hash, authority, signature FROM votes WHERE account = ? AND seq = ?'),
    addVote: database.prepare('INSERT INTO votes VALUES (?, ?, ?, ?, ?)'),
    settlementVote: database.prepare('SELECT entry FROM settlement_votes WHERE payment = ?'),
    addSettlementVote: database.prepare('INSERT INTO settlement_votes VALUES (?, ?)'),
    account: database.prepare('SELECT * FROM accounts WHERE account = ?'),
    putAccount: database.prepare('INSERT OR REPLACE INTO accounts VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)'),
    payment: database.prepare('SELECT * FROM payments WHERE hash = ?'),
    putPayment: database.prepare('INSERT OR REPLACE INTO payments VALUES (?, ?, ?, ?, ?, ?, ?)'),
    addEntry: database.prepare('INSERT INTO entries VALUES (?, ?, ?, ?, ?)'),
    entries: database.prepare(
      'SELECT wire, certificate FROM entries WHERE account = ? AND seq >= ? ORDER BY seq LIMIT ?',
    ),
    grant: database.prepare('SELECT wire FROM grants WHERE account = ? AND id = ?'),
    addGrant: database.prepare('INSERT INTO grants VALUES (?, ?, ?, ?)'),
    grantsIssuedSince: database.prepare('SELECT COUNT(*) AS issued FROM grants WHERE issued_at_ms >= ?'),
    sums: database.prepare(`
      SELECT COALESCE(SUM(balance), 0) AS balances, COALESCE(SUM(credit), 0) AS credits,
        COALESCE(SUM(locked), 0) AS locked, COALESCE(SUM(stake), 0) AS stakes, COUNT(*) AS accounts,
        (SELECT COALESCE(SUM(amount), 0) FROM payments WHERE state = 'open') AS pending,
        (SELECT COALESCE(SUM(minted), 0) FROM entries WHERE minted > 0) AS minted,
        (SELECT COUNT(*) FROM entries) AS entries
      FROM accounts`),
  }
}
