import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { LoremeshError } from '../../src/domain/kernel/errors.ts'
import type { Row, SqlConnection, SqlDialect } from './sql-connection.ts'

/** Primary result codes of SQLite: https://sqlite.org/rescode.html */
const SQLITE_BUSY = 5
const SQLITE_FULL = 13

const dialect: SqlDialect = {
  bytes: 'BLOB',
  integer: 'INTEGER',
  position: 'INTEGER PRIMARY KEY AUTOINCREMENT',
  table: 'STRICT',
  keyedTable: 'STRICT, WITHOUT ROWID',
}

/**
 * Opens an SQLite file for this connection alone; `:memory:` keeps it in memory. The lock is the operating system's, so it
 * ends with the process however that ends. Throws `already-running` when another process has it.
 */
export function openSqliteConnection(path: string): SqlConnection {
  const database = openDatabase(path)
  const statements = new Map<string, StatementSync>()

  function prepare(sql: string): StatementSync {
    const known = statements.get(sql)
    if (known !== undefined) return known
    // In SQLite $1 is a parameter with a name, ?1 the first one.
    const statement = database.prepare(sql.replaceAll('$', '?'))
    statements.set(sql, statement)
    return statement
  }

  const execute = (sql: string): Promise<void> => attempt(() => database.exec(sql))
  const query: SqlConnection['query'] = (sql, parameters) =>
    attempt(() => prepare(sql).all(...parameters) as readonly Row[])

  return {
    dialect,
    begin: () => execute('BEGIN IMMEDIATE'),
    query,
    execute,
    async rollback() {
      if (database.isOpen && database.isTransaction) await execute('ROLLBACK').catch(() => undefined)
    },
    async readVersion() {
      const [row] = await query('PRAGMA user_version', [])
      return Number(row?.['user_version'])
    },
    writeVersion: (version) => execute(`PRAGMA user_version = ${version}`),
    isConflict: () => false,
    close: () => attempt(() => database.close()),
  }
}

/** Does something with the database, whose failures are said in Loremesh's words. */
function attempt<T>(step: () => T): Promise<T> {
  return new Promise((resolve, reject) => {
    try {
      resolve(step())
    } catch (error) {
      reject(toLedgerError(error))
    }
  })
}

function openDatabase(path: string): DatabaseSync {
  const database = new DatabaseSync(path, { open: false, readBigInts: true })
  try {
    database.open()
    // FULL: an authority that forgot a vote in a power cut could vote for a second entry at the same place.
    database.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL')
    database.exec('BEGIN EXCLUSIVE; COMMIT')
    return database
  } catch (error) {
    if (database.isOpen) database.close()
    throw toLedgerError(error)
  }
}

function toLedgerError(cause: unknown): LoremeshError {
  // The low byte of an extended result code is its primary one.
  const code = cause instanceof Error && 'errcode' in cause ? Number(cause.errcode) & 0xff : 0
  if (code === SQLITE_BUSY) {
    return new LoremeshError(
      'already-running',
      'Another process uses this ledger',
      'Stop it, or use another data directory',
      { cause },
    )
  }
  if (code === SQLITE_FULL) {
    return new LoremeshError('storage-full', 'The disk is full', 'Free space on it and try again', { cause })
  }
  const reason = cause instanceof Error ? cause.message : String(cause)
  return new LoremeshError('internal', `The ledger's database failed: ${reason}`, '', { cause })
}
