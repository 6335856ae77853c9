/** Version of the schema below, kept in `PRAGMA user_version`. */
export const SCHEMA_VERSION = 1

/** Tables of an authority. Keys make the rules hold that no code may break: one vote a place, one settlement a payment. */
export const SCHEMA = `
  CREATE TABLE network (id BLOB NOT NULL) STRICT;

  CREATE TABLE votes (
    account BLOB NOT NULL, seq INTEGER NOT NULL,
    hash BLOB NOT NULL, authority INTEGER NOT NULL, signature BLOB NOT NULL,
    PRIMARY KEY (account, seq)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE settlement_votes (
    payment BLOB NOT NULL PRIMARY KEY, entry BLOB NOT NULL
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE entries (
    account BLOB NOT NULL, seq INTEGER NOT NULL,
    wire BLOB NOT NULL, certificate BLOB NOT NULL, minted INTEGER NOT NULL,
    UNIQUE (account, seq)
  ) STRICT;
  CREATE INDEX minting_entries ON entries (minted) WHERE minted > 0;

  CREATE TABLE accounts (
    account BLOB NOT NULL PRIMARY KEY, head BLOB NOT NULL, seq INTEGER NOT NULL,
    balance INTEGER NOT NULL CHECK (balance >= 0), credit INTEGER NOT NULL CHECK (credit >= 0),
    locked INTEGER NOT NULL CHECK (locked >= 0), stake INTEGER NOT NULL CHECK (stake >= 0),
    timestamp_ms INTEGER NOT NULL, frozen INTEGER NOT NULL, grants TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE payments (
    hash BLOB NOT NULL PRIMARY KEY, payer BLOB NOT NULL, payee BLOB NOT NULL,
    amount INTEGER NOT NULL, from_credit INTEGER NOT NULL, expires_at_ms INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('open', 'claimed', 'reclaimed'))
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX open_payments ON payments (amount) WHERE state = 'open';

  CREATE TABLE grants (
    account BLOB NOT NULL, id TEXT NOT NULL, issued_at_ms INTEGER NOT NULL, wire BLOB NOT NULL,
    PRIMARY KEY (account, id)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX grants_by_time ON grants (issued_at_ms);
`
