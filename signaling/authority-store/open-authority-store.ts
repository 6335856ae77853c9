import type { AuthorityStore } from './authority-store.ts'
import { openPostgresConnection } from './postgres-connection.ts'
import { openShardedStore } from './sharded-store.ts'
import { openSqlShard, type SqlShard } from './sql-shard.ts'
import { openSqliteConnection } from './sqlite-connection.ts'

/**
 * Opens the database of an authority, one shard at each location, always in the same order: a `postgres://` URL, the path
 * of an SQLite file, or `:memory:`. Throws `bad-input` when the shards are not those that were made together, `unsupported`
 * when another version has written them, `already-running` when another process has them open, and `not-connected`.
 */
export async function openAuthorityStore(locations: readonly string[]): Promise<AuthorityStore> {
  const shards: SqlShard[] = []
  try {
    for (const [shard, location] of locations.entries()) {
      shards.push(await openSqlShard(await openConnection(location), { shard, shards: locations.length }))
    }
    return await openShardedStore(shards)
  } catch (error) {
    await Promise.allSettled(shards.map((shard) => shard.close()))
    throw error
  }
}

/**
 * The locations that `DATABASE_URL` names: one URL a shard, separated by commas. A comma within a URL stays, for only one
 * before the next `postgres://` separates.
 */
export function parseDatabaseUrl(text: string): readonly string[] {
  return text.split(/\s*,\s*(?=postgres(?:ql)?:\/\/)/)
}

function openConnection(location: string) {
  return /^postgres(?:ql)?:\/\//.test(location)
    ? openPostgresConnection(location)
    : openSqliteConnection(location)
}
