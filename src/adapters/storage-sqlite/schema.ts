// Each list leads a database from nothing to the newest version, one step a version. A step that was released is never
// changed; a new one is appended. Amounts are µT and fit SQLite's 64-bit integers.

export const contentMigrations: readonly string[] = [
  `
  CREATE TABLE documents (
    document_hash TEXT PRIMARY KEY,
    added_at_ms   INTEGER NOT NULL,
    visibility    TEXT NOT NULL,
    record        TEXT NOT NULL
  ) WITHOUT ROWID;
  CREATE INDEX documents_by_time ON documents (added_at_ms);

  CREATE TABLE document_contexts (
    document_hash TEXT NOT NULL,
    context_hash  TEXT NOT NULL,
    PRIMARY KEY (context_hash, document_hash)
  ) WITHOUT ROWID;
  CREATE INDEX document_contexts_by_document ON document_contexts (document_hash);

  CREATE TABLE contexts (
    context_hash TEXT PRIMARY KEY,
    origin       TEXT NOT NULL,
    author       TEXT NOT NULL,
    record       TEXT NOT NULL
  );

  CREATE TABLE vectors (
    space        TEXT NOT NULL,
    context_hash TEXT NOT NULL,
    scale        REAL NOT NULL,
    components   BLOB NOT NULL,
    PRIMARY KEY (space, context_hash)
  ) WITHOUT ROWID;
  CREATE INDEX vectors_by_context ON vectors (context_hash);

  CREATE TABLE descriptors (
    context_hash  TEXT NOT NULL,
    author        TEXT NOT NULL,
    created_at_ms INTEGER NOT NULL,
    record        TEXT NOT NULL,
    components    BLOB,
    wire          BLOB NOT NULL,
    PRIMARY KEY (context_hash, author)
  );
  CREATE INDEX descriptors_by_time ON descriptors (created_at_ms);

  CREATE TABLE edges (
    source TEXT NOT NULL,
    kind   TEXT NOT NULL,
    target TEXT NOT NULL,
    PRIMARY KEY (source, kind, target)
  ) WITHOUT ROWID;
  CREATE INDEX edges_by_target ON edges (target);
  `,
  `
  CREATE TABLE questions (
    id          TEXT PRIMARY KEY,
    question    TEXT NOT NULL,
    asked_at_ms INTEGER NOT NULL,
    record      TEXT NOT NULL
  ) WITHOUT ROWID;
  CREATE INDEX questions_by_time ON questions (asked_at_ms);
  CREATE INDEX questions_by_text ON questions (question, asked_at_ms);
  `,
  // Contexts that were bought earlier get an entry; from whom, and for how much, was not noted.
  `
  CREATE TABLE cache_entries (
    context_hash TEXT PRIMARY KEY,
    title        TEXT NOT NULL,
    size_bytes   INTEGER NOT NULL,
    seller       TEXT,
    paid         INTEGER,
    bought_at_ms INTEGER NOT NULL,
    used_at_ms   INTEGER NOT NULL,
    uses         INTEGER NOT NULL,
    worth        REAL NOT NULL,
    is_pinned    INTEGER NOT NULL
  ) WITHOUT ROWID;
  INSERT INTO cache_entries
    SELECT context_hash, record ->> 'title', record ->> 'sizeBytes', NULL, NULL, record ->> 'addedAtMs',
      record ->> 'addedAtMs', 0, 0, 0
    FROM contexts WHERE origin = 'cached';

  CREATE TABLE removed_titles (
    context_hash TEXT PRIMARY KEY,
    title        TEXT NOT NULL,
    bought_at_ms INTEGER NOT NULL
  ) WITHOUT ROWID;
  CREATE INDEX removed_titles_by_time ON removed_titles (bought_at_ms);
  `,
  `
  CREATE TABLE known_peers (
    network TEXT PRIMARY KEY,
    peers   TEXT NOT NULL
  ) WITHOUT ROWID;
  `,
]

export const ledgerMigrations: readonly string[] = [
  `
  CREATE TABLE entries (
    seq              INTEGER PRIMARY KEY,
    hash             TEXT NOT NULL UNIQUE,
    wire             BLOB NOT NULL,
    certificate_wire BLOB
  );
  CREATE INDEX entries_uncertified ON entries (seq) WHERE certificate_wire IS NULL;

  CREATE TABLE account_state (
    only_row     INTEGER PRIMARY KEY CHECK (only_row = 1),
    account      BLOB NOT NULL,
    head         TEXT NOT NULL,
    seq          INTEGER NOT NULL,
    balance      INTEGER NOT NULL,
    credit       INTEGER NOT NULL,
    locked       INTEGER NOT NULL,
    stake        INTEGER NOT NULL,
    timestamp_ms INTEGER NOT NULL,
    frozen       INTEGER NOT NULL,
    grants       TEXT NOT NULL
  );

  CREATE TABLE payments (
    payment          TEXT PRIMARY KEY,
    direction        TEXT NOT NULL,
    counterparty     TEXT NOT NULL,
    amount           INTEGER NOT NULL,
    from_credit      INTEGER NOT NULL,
    invoice          TEXT NOT NULL UNIQUE,
    items            TEXT NOT NULL,
    created_at_ms    INTEGER NOT NULL,
    expires_at_ms    INTEGER NOT NULL,
    phase            TEXT NOT NULL,
    question         TEXT NOT NULL,
    quote_wire       BLOB NOT NULL,
    pay_wire         BLOB NOT NULL,
    certificate_wire BLOB,
    delivery_wire    BLOB,
    ack              BLOB
  );
  CREATE INDEX payments_by_phase ON payments (phase);
  `,
  // What was one record of a payment for one delivery becomes a payment and a purchase that is paid from it.
  `
  ALTER TABLE account_state ADD COLUMN checkpoint INTEGER NOT NULL DEFAULT 0;

  ALTER TABLE payments RENAME TO single_payments;
  DROP INDEX payments_by_phase;
  CREATE TABLE payments (
    payment          TEXT PRIMARY KEY,
    kind             TEXT NOT NULL,
    direction        TEXT NOT NULL,
    counterparty     TEXT NOT NULL,
    amount           INTEGER NOT NULL,
    from_credit      INTEGER NOT NULL,
    created_at_ms    INTEGER NOT NULL,
    expires_at_ms    INTEGER NOT NULL,
    phase            TEXT NOT NULL,
    entry_wire       BLOB NOT NULL,
    certificate_wire BLOB,
    voucher_amount   INTEGER,
    voucher          BLOB,
    used_at_ms       INTEGER NOT NULL
  );
  CREATE INDEX payments_by_phase ON payments (phase);
  CREATE INDEX payments_by_counterparty ON payments (counterparty);
  INSERT INTO payments
    SELECT payment, 'pay', direction, counterparty, amount, from_credit, created_at_ms, expires_at_ms,
      CASE phase WHEN 'delivered' THEN 'certified' WHEN 'reclaimed' THEN 'returned' ELSE phase END,
      pay_wire, certificate_wire, NULL, ack, created_at_ms
    FROM single_payments;

  CREATE TABLE purchases (
    invoice        TEXT PRIMARY KEY,
    payment        TEXT NOT NULL,
    direction      TEXT NOT NULL,
    counterparty   TEXT NOT NULL,
    items          TEXT NOT NULL,
    price          INTEGER NOT NULL,
    paid           INTEGER NOT NULL,
    voucher_amount INTEGER,
    voucher        BLOB,
    created_at_ms  INTEGER NOT NULL,
    question       TEXT NOT NULL,
    quote_wire     BLOB NOT NULL,
    delivery_wire  BLOB
  );
  CREATE INDEX purchases_by_time ON purchases (created_at_ms);
  CREATE INDEX purchases_by_payment ON purchases (payment, created_at_ms);
  INSERT INTO purchases
    SELECT invoice, payment, direction, counterparty, items, amount, iif(ack IS NULL, 0, amount), NULL, ack,
      created_at_ms, question, quote_wire, delivery_wire
    FROM single_payments;

  CREATE TABLE totals (
    direction TEXT PRIMARY KEY,
    contexts  INTEGER NOT NULL
  ) WITHOUT ROWID;
  INSERT INTO totals
    SELECT 'in', COALESCE(SUM(json_array_length(items)), 0) FROM single_payments
      WHERE direction = 'in' AND delivery_wire IS NOT NULL
    UNION ALL
    SELECT 'out', COALESCE(SUM(json_array_length(items)), 0) FROM single_payments
      WHERE direction = 'out' AND ack IS NOT NULL;
  DROP TABLE single_payments;

  CREATE TABLE checkpoints (
    height           INTEGER PRIMARY KEY,
    header_wire      BLOB NOT NULL,
    certificate_wire BLOB NOT NULL
  );

  CREATE TABLE fork_proofs (
    wire BLOB PRIMARY KEY
  ) WITHOUT ROWID;
  `,
  `
  CREATE TABLE checkpointed (
    only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
    seq      INTEGER NOT NULL
  );
  INSERT INTO checkpointed VALUES (1, -1);
  `,
]

export const queueMigrations: readonly string[] = [
  `
  CREATE TABLE files (id INTEGER PRIMARY KEY AUTOINCREMENT, record TEXT NOT NULL);
  CREATE TABLE contents (id INTEGER PRIMARY KEY, bytes BLOB NOT NULL);
  `,
]

export const archiveMigrations: readonly string[] = [
  `
  CREATE TABLE entries (
    position         INTEGER PRIMARY KEY AUTOINCREMENT,
    account          BLOB NOT NULL,
    seq              INTEGER NOT NULL,
    timestamp_ms     INTEGER NOT NULL,
    wire             BLOB NOT NULL,
    certificate_wire BLOB NOT NULL,
    UNIQUE (account, seq)
  );
  CREATE INDEX entries_by_time ON entries (timestamp_ms);
  CREATE TABLE cursors (log TEXT NOT NULL PRIMARY KEY, position INTEGER NOT NULL) WITHOUT ROWID;
  `,
]
