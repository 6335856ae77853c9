import { chmodSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { LoremeshError } from '../../domain/kernel/errors.ts'

/** Primary result codes of SQLite: https://sqlite.org/rescode.html */
const SQLITE_BUSY = 5
const SQLITE_FULL = 13

function hasResultCode(error: unknown, code: number): boolean {
  // The low byte of an extended result code is its primary one.
  return error instanceof Error && 'errcode' in error && (Number(error.errcode) & 0xff) === code
}

function toStorageError(error: unknown): unknown {
  if (hasResultCode(error, SQLITE_FULL)) {
    return new LoremeshError('storage-full', 'The disk is full', 'Free space on it and try again', {
      cause: error,
    })
  }
  if (hasResultCode(error, SQLITE_BUSY)) {
    return new LoremeshError(
      'already-running',
      'Another process uses this data directory',
      'Stop it, or choose another directory with --data',
      { cause: error },
    )
  }
  return error
}

/**
 * Opens a database file for this connection alone, readable by its owner only, and brings it to the newest schema:
 * `migrations[n]` leads from version n to n + 1. The lock is the operating system's, so it ends with the process however
 * that ends. `synchronous` FULL keeps every acknowledged write through a power cut, NORMAL may lose the last ones.
 * Throws `already-running`, and `unsupported` when a newer version has written the file.
 */
export function openDatabase(
  path: string,
  migrations: readonly string[],
  synchronous: 'NORMAL' | 'FULL',
): DatabaseSync {
  const database = new DatabaseSync(path)
  try {
    chmodSync(path, 0o600)
    database.exec(
      `PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = ${synchronous}`,
    )
    database.exec('BEGIN EXCLUSIVE')
    const version = Number(database.prepare('PRAGMA user_version').get()?.['user_version'])
    if (version > migrations.length) {
      throw new LoremeshError(
        'unsupported',
        'A newer version of Loremesh has written this data directory',
        'Run that version, or choose another directory with --data',
      )
    }
    for (const migration of migrations.slice(version)) database.exec(migration)
    database.exec(`PRAGMA user_version = ${migrations.length}; COMMIT`)
    return database
  } catch (error) {
    database.close()
    throw toStorageError(error)
  }
}

/** Runs a step in one transaction, which leaves nothing when the step throws. A full disk throws `storage-full`. */
export function inTransaction<T>(database: DatabaseSync, step: () => T): Promise<T> {
  return new Promise((resolve) => {
    try {
      database.exec('BEGIN IMMEDIATE')
      const result = step()
      database.exec('COMMIT')
      resolve(result)
    } catch (error) {
      if (database.isOpen && database.isTransaction) database.exec('ROLLBACK')
      throw toStorageError(error)
    }
  })
}

/** Closes a database that may be closed already. */
export function closeDatabase(database: DatabaseSync): Promise<void> {
  if (database.isOpen) database.close()
  return Promise.resolve()
}
