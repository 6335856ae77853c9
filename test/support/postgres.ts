import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { Client } from 'pg'
import { findPostgres } from '../../tools/postgres.ts'

/** Why tests with PostgreSQL can't run here; undefined when they can. */
export const postgresMissing: string | undefined =
  findPostgres() === undefined
    ? 'skipped, because no server binary is installed (Debian: apt-get install postgresql)'
    : undefined

/** A PostgreSQL server in a folder of its own, which goes with it. */
export interface PostgresServer {
  /** The URL of an empty schema that nobody else has. */
  createLedgerUrl(): Promise<string>
  /** Runs statements as the server's administrator. */
  query(sql: string): Promise<readonly Record<string, unknown>[]>
  stop(): Promise<void>
}

/**
 * Makes a database cluster and serves it until the standard input ends, as it does when the tests end in whatever way:
 * then it stops at once and removes the folder.
 */
const SERVE = `
  set -e
  "$1/initdb" --pgdata=data --username=loremesh --auth=trust --encoding=UTF8 --locale=C --no-sync > /dev/null
  "$1/postgres" -D data -k "$PWD" -c listen_addresses= -c fsync="$2" &
  server=$!
  cat > /dev/null
  kill -QUIT $server
  wait $server || true
  rm -rf "$PWD"
`

/**
 * Starts a server that listens on a socket in a new folder. Throws when there is no server binary, see `postgresMissing`.
 * It does not wait for the disk unless `fsync` is set, which only a power cut can tell.
 */
export async function startPostgres({ fsync = false } = {}): Promise<PostgresServer> {
  const programs = findPostgres()
  if (programs === undefined) throw new Error('No PostgreSQL is installed')
  const folder = mkdtempSync(join(tmpdir(), 'loremesh-postgres-'))
  const user = serverUser()
  if (user !== undefined) chownSync(folder, user.uid, user.gid)
  const server = spawn('/bin/sh', ['-c', SERVE, 'sh', programs, fsync ? 'on' : 'off'], {
    cwd: folder,
    stdio: ['pipe', 'ignore', 'pipe'],
    ...user,
  })
  const output: string[] = []
  let isReady = false
  for await (const line of createInterface(server.stderr)) {
    output.push(line)
    isReady = line.includes('database system is ready to accept connections')
    if (isReady) break
  }
  if (!isReady) throw new Error(`PostgreSQL did not start: ${output.join('\n')}`)
  server.stderr.resume()

  const url = `postgres://loremesh@/postgres?host=${folder}`
  const administrator = new Client({ connectionString: url })
  await administrator.connect()
  let schemas = 0
  return {
    async createLedgerUrl() {
      const schema = `ledger_${++schemas}`
      await administrator.query(`CREATE SCHEMA ${schema}`)
      return `${url}&options=${encodeURIComponent(`-c search_path=${schema}`)}`
    },
    query: async (sql) => (await administrator.query<Record<string, unknown>>(sql)).rows,
    async stop() {
      await administrator.end()
      server.stdin.end()
      await once(server, 'exit')
    },
  }
}

/** Whom the server runs as: it refuses root. Undefined for whoever runs the tests. */
function serverUser(): { readonly uid: number; readonly gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined
  const idOf = (flag: string, user: string): number =>
    Number(spawnSync('id', [flag, user], { encoding: 'utf8' }).stdout.trim() || NaN)
  const user = ['postgres', 'nobody'].find((name) => Number.isInteger(idOf('-u', name)))
  if (user === undefined) throw new Error('There is no user but root to run PostgreSQL as')
  return { uid: idOf('-u', user), gid: idOf('-g', user) }
}
