import { Buffer } from 'node:buffer'
import { Client, types, type CustomTypesConfig } from 'pg'
import { LoremeshError } from '../../src/domain/kernel/errors.ts'
import type { Row, SqlConnection, SqlDialect } from './sql-connection.ts'

/** Error codes of PostgreSQL: https://www.postgresql.org/docs/current/errcodes-appendix.html */
const CODE = {
  serializationFailure: '40001',
  deadlockDetected: '40P01',
  diskFull: '53100',
  lockNotAvailable: '55P03',
} as const
const CONNECT_TIMEOUT_MS = 10_000
/** First key of the advisory lock, "lore"; the second one names the schema. */
const LOCK_KEY = 0x6c6f7265

const dialect: SqlDialect = {
  bytes: 'BYTEA',
  integer: 'BIGINT',
  position: 'BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY',
  table: '',
  keyedTable: '',
}

const valueTypes: CustomTypesConfig = {
  getTypeParser(id, format) {
    if (id === types.builtins.INT8) return BigInt
    if (id === types.builtins.BYTEA) return parseBytes
    return types.getTypeParser(id, format) as (value: string) => unknown
  },
}

/**
 * Waits at most 5 s for another process that has the ledger open, or for the server to notice that it died. A commit waits
 * for the disk whatever the server's default is.
 */
const PREPARE_SESSION = `
  SET lock_timeout = '5s';
  SELECT pg_advisory_lock(${LOCK_KEY}, hashtext(current_schema()));
  SET lock_timeout = 0;
  SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off';
`

/**
 * Opens the database of a `postgres://` URL for this connection alone. When the server ends the connection, the next
 * transaction makes a new one. Throws `not-connected`, and `already-running` when another process has the ledger.
 */
export async function openPostgresConnection(url: string): Promise<SqlConnection> {
  const statementNames = new Map<string, string>()
  let client: Client | undefined

  async function connect(): Promise<Client> {
    const opening = new Client({
      connectionString: url,
      application_name: 'loremesh',
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      keepAlive: true,
      pipeline: true,
      types: valueTypes,
    })
    const forget = (): void => {
      if (client === opening) client = undefined
    }
    opening.on('error', forget)
    opening.on('end', forget)
    try {
      await opening.connect()
      await opening.query(PREPARE_SESSION)
    } catch (error) {
      await opening.end().catch(() => undefined)
      throw toOpeningError(error)
    }
    client = opening
    return opening
  }

  function nameOf(sql: string): string {
    const known = statementNames.get(sql)
    if (known !== undefined) return known
    const name = `statement-${statementNames.size}`
    statementNames.set(sql, name)
    return name
  }

  /** Uses the connection that there is, if any: a transaction can't go on in another one. */
  async function attempt<T>(step: (client: Client) => Promise<T>): Promise<T> {
    try {
      if (client === undefined) throw new Error('the connection broke')
      return await step(client)
    } catch (error) {
      throw toLedgerError(error)
    }
  }

  const query: SqlConnection['query'] = async (sql, parameters) => {
    const prepared = { name: nameOf(sql), text: sql, values: [...parameters] }
    const { rows } = await attempt((client) => client.query<Row>(prepared))
    return rows
  }

  async function execute(sql: string): Promise<void> {
    await attempt((client) => client.query(sql))
  }

  await connect()
  return {
    dialect,
    async begin() {
      if (client === undefined) await connect()
      await execute('BEGIN ISOLATION LEVEL SERIALIZABLE')
    },
    query,
    execute,
    async rollback() {
      const broken = client
      try {
        await broken?.query('ROLLBACK')
      } catch {
        client = undefined
        await broken?.end().catch(() => undefined)
      }
    },
    async readVersion() {
      await execute('CREATE TABLE IF NOT EXISTS schema_version (version BIGINT NOT NULL)')
      const [row] = await query('SELECT version FROM schema_version', [])
      return Number(row?.['version'] ?? 0)
    },
    async writeVersion(version) {
      await query('INSERT INTO schema_version VALUES ($1)', [version])
    },
    isConflict: (error) =>
      error instanceof LoremeshError &&
      (hasCode(error.cause, CODE.serializationFailure) || hasCode(error.cause, CODE.deadlockDetected)),
    async close() {
      const closing = client
      client = undefined
      await closing?.end()
    },
  }
}

/** Bytes of the text form of a `bytea`: \x and two hexadecimal digits a byte. */
function parseBytes(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text.slice(2), 'hex'))
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}

function toOpeningError(cause: unknown): LoremeshError {
  if (hasCode(cause, CODE.lockNotAvailable)) {
    return new LoremeshError(
      'already-running',
      'Another process uses this ledger',
      'Stop it, or use another database',
      { cause },
    )
  }
  return new LoremeshError(
    'not-connected',
    `The database can't be reached: ${messageOf(cause)}`,
    'Check DATABASE_URL and that the server runs',
    { cause },
  )
}

function toLedgerError(cause: unknown): LoremeshError {
  if (hasCode(cause, CODE.diskFull)) {
    return new LoremeshError('storage-full', 'The disk is full', 'Free space on it and try again', { cause })
  }
  return new LoremeshError('internal', `The ledger's database failed: ${messageOf(cause)}`, 'Ask again', {
    cause,
  })
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
