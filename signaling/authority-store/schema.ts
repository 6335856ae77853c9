import { LoremeshError } from '../../src/domain/kernel/errors.ts'
import type { SqlConnection, SqlDialect } from './sql-connection.ts'

/** Version of the schema below. */
const SCHEMA_VERSION = 2

/** Tables of a shard. Keys make the rules hold that no code may break: one vote a place, one entry a place. */
function schemaIn({ bytes, integer, position, table, keyedTable }: SqlDialect): string {
  const amount = (column: string): string => `${column} ${integer} NOT NULL CHECK (${column} >= 0)`
  return `
  CREATE TABLE binding (
    shard ${integer} NOT NULL PRIMARY KEY, shards ${integer} NOT NULL, network ${bytes}
  ) ${table};

  CREATE TABLE votes (
    account ${bytes} NOT NULL, seq ${integer} NOT NULL,
    hash ${bytes} NOT NULL, entry ${bytes} NOT NULL, authority ${integer} NOT NULL, signature ${bytes} NOT NULL,
    PRIMARY KEY (account, seq)
  ) ${keyedTable};

  CREATE TABLE settlement_votes (
    payment ${bytes} NOT NULL, account ${bytes} NOT NULL, entry ${bytes} NOT NULL,
    PRIMARY KEY (payment, account)
  ) ${keyedTable};
  CREATE INDEX settlement_votes_by_entry ON settlement_votes (entry);

  CREATE TABLE entries (
    position ${position},
    account ${bytes} NOT NULL, seq ${integer} NOT NULL, hash ${bytes} NOT NULL,
    wire ${bytes} NOT NULL, certificate ${bytes} NOT NULL,
    UNIQUE (account, seq)
  ) ${table};
  CREATE INDEX entries_by_hash ON entries (hash);

  CREATE TABLE accounts (
    account ${bytes} NOT NULL PRIMARY KEY, head ${bytes} NOT NULL, seq ${integer} NOT NULL,
    ${amount('balance')}, ${amount('credit')}, ${amount('locked')}, ${amount('stake')},
    timestamp_ms ${integer} NOT NULL, checkpoint ${integer} NOT NULL, frozen ${integer} NOT NULL,
    grants TEXT NOT NULL, leaf_seq ${integer} NOT NULL
  ) ${keyedTable};
  CREATE INDEX moved_accounts ON accounts (account) WHERE seq > leaf_seq;

  CREATE TABLE payments (
    hash ${bytes} NOT NULL PRIMARY KEY, kind TEXT NOT NULL CHECK (kind IN ('pay', 'reserve')),
    payer ${bytes} NOT NULL, payee ${bytes} NOT NULL,
    ${amount('amount')}, ${amount('from_credit')}, ${amount('claimed')}, expires_at_ms ${integer} NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('open', 'claimed', 'lapsed', 'returned')),
    stage ${integer} NOT NULL, is_received ${integer} NOT NULL
  ) ${keyedTable};
  CREATE INDEX open_payments_by_payee ON payments (payee, expires_at_ms) WHERE state = 'open';
  CREATE INDEX open_payments_by_time ON payments (expires_at_ms) WHERE state = 'open' AND is_received = 1;

  CREATE TABLE undelivered (
    payment ${bytes} NOT NULL PRIMARY KEY, stage ${integer} NOT NULL
  ) ${keyedTable};

  CREATE TABLE grants (
    account ${bytes} NOT NULL, id TEXT NOT NULL, issued_at_ms ${integer} NOT NULL, wire ${bytes} NOT NULL,
    PRIMARY KEY (account, id)
  ) ${keyedTable};
  CREATE INDEX grants_by_time ON grants (issued_at_ms);

  CREATE TABLE statuses (
    account ${bytes} NOT NULL PRIMARY KEY, frozen_at_seq ${integer}, banned_until_ms ${integer} NOT NULL
  ) ${keyedTable};

  CREATE TABLE checkpoints (
    height ${integer} NOT NULL PRIMARY KEY, header ${bytes} NOT NULL, certificate ${bytes} NOT NULL,
    facts ${bytes} NOT NULL, cut ${bytes} NOT NULL
  ) ${table};

  CREATE TABLE leaves (
    account ${bytes} NOT NULL PRIMARY KEY, head ${bytes} NOT NULL, seq ${integer} NOT NULL,
    ${amount('balance')}, ${amount('credit')}, ${amount('locked')}, ${amount('stake')},
    reputation_milli ${integer} NOT NULL, ${amount('earned_7d')}
  ) ${keyedTable};

  CREATE TABLE records (
    kind TEXT NOT NULL, key ${bytes} NOT NULL, value ${bytes} NOT NULL,
    PRIMARY KEY (kind, key)
  ) ${keyedTable};

  CREATE TABLE totals (
    entries ${integer} NOT NULL, minted ${integer} NOT NULL, pool ${integer} NOT NULL,
    pending ${integer} NOT NULL, drawn ${integer} NOT NULL
  ) ${table};
  INSERT INTO totals VALUES (0, 0, 0, 0, 0);
`
}

/** Makes the tables in an empty database. Throws `unsupported` when another version has written it. */
export async function createSchema(connection: SqlConnection): Promise<void> {
  const version = await connection.readVersion()
  if (version === SCHEMA_VERSION) return
  if (version !== 0) {
    throw new LoremeshError(
      'unsupported',
      'Another version of Loremesh has written this ledger',
      'Run that version',
    )
  }
  await connection.begin()
  try {
    await connection.execute(schemaIn(connection.dialect))
    await connection.writeVersion(SCHEMA_VERSION)
    await connection.execute('COMMIT')
  } catch (error) {
    await connection.rollback()
    throw error
  }
}
