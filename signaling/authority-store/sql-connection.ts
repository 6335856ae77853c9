/** A column's value: integers as bigint, bytes as Uint8Array. */
type SqlValue = bigint | string | Uint8Array | null
/** A row by column names. */
export type Row = Readonly<Record<string, SqlValue>>
/** What a statement may be given. Numbers are integers. */
type SqlParameter = SqlValue | number

/** Words in which the databases differ; everything else is written in what they have in common. */
export interface SqlDialect {
  /** Type of a column of bytes. */
  readonly bytes: string
  /** Type of a column of 64-bit integers. */
  readonly integer: string
  /** A key that counts up by itself and never gives a number twice. */
  readonly position: string
  /** What follows the columns of a table. */
  readonly table: string
  /** What follows the columns of a table that has no other order than that of its primary key. */
  readonly keyedTable: string
}

/**
 * One connection to a database, which runs one statement after another. Nobody else uses the database. What fails throws
 * `storage-full`, `not-connected` or `internal`.
 */
export interface SqlConnection {
  readonly dialect: SqlDialect
  /** Begins a serialisable transaction. */
  begin(): Promise<void>
  /** Runs a statement with parameters $1, $2…; prepared when it comes again. */
  query(sql: string, parameters: readonly SqlParameter[]): Promise<readonly Row[]>
  /** Runs statements without parameters. */
  execute(sql: string): Promise<void>
  /** Ends the transaction without a trace; also one that the database has ended itself. Never fails. */
  rollback(): Promise<void>
  /** Version of the schema; 0 for an empty database. */
  readVersion(): Promise<number>
  writeVersion(version: number): Promise<void>
  /** Whether an error says that the same transaction may succeed when it runs again. */
  isConflict(error: unknown): boolean
  close(): Promise<void>
}

/** Runs a statement within a transaction. */
export type Query = SqlConnection['query']
