import { bytesEqual } from '../../src/domain/kernel/bytes.ts'
import { LoremeshError } from '../../src/domain/kernel/errors.ts'
import { createAccountTables } from './account-tables.ts'
import type { ShardTransaction } from './authority-store.ts'
import { createCheckpointTables } from './checkpoint-tables.ts'
import { createEntryTables } from './entry-tables.ts'
import { createGroupCommit, type GroupCommit } from './group-commit.ts'
import { createPaymentTables, type PaymentTables } from './payment-tables.ts'
import { bytesOf, numberOf } from './rows.ts'
import { createSchema } from './schema.ts'
import { createRemovalTables } from './removal-tables.ts'
import type { ShardPlace } from './shard-place.ts'
import type { Query, SqlConnection } from './sql-connection.ts'
import { readSums } from './sum-tables.ts'
import { createVoteTables } from './vote-tables.ts'

/** A shard's transaction with what only the store itself uses. */
interface SqlTransaction extends ShardTransaction, PaymentTables {
  /** Remembers whose ledger this is; throws `bad-input` when it is another network's. */
  bindNetwork(network: Uint8Array): Promise<void>
}

/** A shard that does not know the others. */
export interface SqlShard {
  readonly place: ShardPlace
  transaction<T>(task: (transaction: SqlTransaction) => Promise<T>): Promise<T>
  close(): Promise<void>
}

/**
 * The shard that a connection leads to, with its tables, which are made in an empty database. Closes the connection when
 * that fails. Throws `unsupported` when another version has written it, `bad-input` when it is another shard, or one of
 * another number.
 */
export async function openSqlShard(connection: SqlConnection, place: ShardPlace): Promise<SqlShard> {
  const groupCommit = createGroupCommit(connection)
  try {
    await createSchema(connection)
    await groupCommit.run((query) => bindPlace(query, place))
  } catch (error) {
    await groupCommit.close()
    throw error
  }
  return createShard(groupCommit, place)
}

function createShard(groupCommit: GroupCommit, place: ShardPlace): SqlShard {
  return {
    place,
    transaction: (task) =>
      groupCommit.run((query) => {
        const accounts = createAccountTables(query, place)
        return task({
          ...createVoteTables(query, place),
          ...accounts,
          ...createRemovalTables(query, place, accounts),
          ...createPaymentTables(query, place),
          ...createEntryTables(query, place),
          ...createCheckpointTables(query),
          sums: () => readSums(query),
          bindNetwork: (network) => bindNetwork(query, network),
        })
      }),
    close: () => groupCommit.close(),
  }
}

async function bindPlace(query: Query, { shard, shards }: ShardPlace): Promise<void> {
  const [bound] = await query('SELECT shard, shards FROM binding', [])
  if (bound === undefined) {
    await query('INSERT INTO binding VALUES ($1, $2, NULL)', [shard, shards])
    return
  }
  const [boundShard, boundShards] = [numberOf(bound, 'shard'), numberOf(bound, 'shards')]
  if (boundShard === shard && boundShards === shards) return
  throw new LoremeshError(
    'bad-input',
    `The database is shard ${boundShard + 1} of ${boundShards}, and was opened as shard ${shard + 1} of ${shards}`,
    'Name all shards in the order in which they were made: their number never changes',
  )
}

async function bindNetwork(query: Query, network: Uint8Array): Promise<void> {
  const [row] = await query('SELECT network FROM binding', [])
  if (row?.['network'] === null) {
    await query('UPDATE binding SET network = $1', [network])
  } else if (!bytesEqual(bytesOf(row, 'network'), network)) {
    throw new LoremeshError(
      'bad-input',
      'The stored ledger belongs to another network',
      'Start with the data directory of this network, or with an empty one',
    )
  }
}
