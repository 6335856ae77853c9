import { join } from 'node:path'
import { LoremeshError } from '../src/domain/kernel/errors.ts'
import { parseDatabaseUrl } from './authority-store/open-authority-store.ts'

/** The variable that names an authority's database: the server's own one's, or that of the other one with this index. */
export function databaseVariable(child: number | undefined): string {
  return child === undefined ? 'DATABASE_URL' : `DATABASE_URL_${child}`
}

/**
 * Where an authority keeps its ledger, a shard at each place: in the databases of `databaseUrl`, a list of URLs with
 * commas, or else in that many files of the data folder. Throws `bad-input` for what is no URL of PostgreSQL, and when
 * both say how many shards there are.
 */
export function ledgerLocations({
  dataDir,
  shards,
  databaseUrl,
}: {
  readonly dataDir: string
  readonly shards: number
  readonly databaseUrl: string | undefined
}): readonly string[] {
  if (databaseUrl === undefined) {
    return Array.from({ length: shards }, (_, shard) =>
      join(dataDir, shard === 0 ? 'ledger.sqlite' : `ledger-${shard}.sqlite`),
    )
  }
  const urls = parseDatabaseUrl(databaseUrl)
  if (!urls.every((url) => /^postgres(ql)?:\/\//.test(url))) {
    // The URL itself may hold a password.
    throw new LoremeshError(
      'bad-input',
      'DATABASE_URL names no PostgreSQL database',
      'It must be URLs such as postgres://user:password@host/database, with commas between them',
    )
  }
  if (shards !== 1) {
    throw new LoremeshError(
      'bad-input',
      '--shards is for files; with DATABASE_URL every URL is a shard',
      'Leave --shards away',
    )
  }
  return urls
}

/** Every `DATABASE_URL` and `DATABASE_URL_<index>` of an environment, by its name. */
export function readDatabaseUrls(
  env: Readonly<Record<string, string | undefined>>,
): ReadonlyMap<string, string> {
  return new Map(
    Object.entries(env).flatMap(([name, url = '']) =>
      /^DATABASE_URL(_\d+)?$/.test(name) && url !== '' ? [[name, url] as const] : [],
    ),
  )
}

/**
 * Checks that either none of the authorities that one machine runs has a database, for all of them keep files, or each of
 * them has one of its own: two authorities that share their votes are one. `children` are the indexes of those beside the
 * server's own. Throws `bad-input`.
 */
export function checkDatabaseUrls(urls: ReadonlyMap<string, string>, children: readonly number[]): void {
  if (urls.size === 0) return
  const wanted = [undefined, ...children].map(databaseVariable)
  const unknown = [...urls.keys()].find((name) => !wanted.includes(name))
  if (unknown !== undefined) {
    throw new LoremeshError('bad-input', `${unknown} is set, but this server runs no such authority`)
  }
  const missing = wanted.find((name) => !urls.has(name))
  if (missing !== undefined) {
    throw new LoremeshError(
      'bad-input',
      `${missing} is not set`,
      'Each authority needs a database, or a schema, of its own',
    )
  }
  const places = [...urls.values()].flatMap(parseDatabaseUrl)
  if (new Set(places).size < places.length) {
    throw new LoremeshError(
      'bad-input',
      'The same database is named twice',
      'Each authority, and each shard of it, needs a database or a schema of its own',
    )
  }
}
