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
]
