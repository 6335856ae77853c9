import { setImmediate } from 'node:timers/promises'
import type { Query, SqlConnection } from './sql-connection.ts'

/** Tasks that share a commit at most, so that none of them waits long for its result. */
const MAX_BATCH = 256
/** How often a batch runs before the database's conflict is reported. */
const MAX_ATTEMPTS = 5
const FIRST_TASK = 'SAVEPOINT task'
const NEXT_TASK = 'RELEASE SAVEPOINT task; SAVEPOINT task'

/** Runs tasks one after another in transactions. */
export interface GroupCommit {
  /**
   * Runs a task with others that wait in one transaction, each in a savepoint of its own, so that they share the one wait
   * for the disk. The result, also an error of the task, is given after the commit: an error may rest on what another task
   * of the same transaction wrote.
   */
  run<T>(task: (query: Query) => Promise<T>): Promise<T>
  /** Waits for everything that was to run before, and closes the connection. */
  close(): Promise<void>
}

interface Waiting {
  /** Runs the task; what comes back tells the caller its result. */
  readonly attempt: (query: Query) => Promise<() => void>
  readonly fail: (error: unknown) => void
}

/** Creates the transactions of a connection that nobody else uses. */
export function createGroupCommit(connection: SqlConnection): GroupCommit {
  const waiting: Waiting[] = []
  let running: Promise<void> | undefined

  async function runWaiting(): Promise<void> {
    while (waiting.length > 0) {
      // Whoever is about to ask in this turn of the event loop shares the commit.
      await setImmediate()
      await runBatch(waiting.splice(0, MAX_BATCH))
    }
    running = undefined
  }

  async function runBatch(batch: readonly Waiting[]): Promise<void> {
    for (let attempts = 1; ; attempts++) {
      try {
        const settlements = await attemptBatch(batch)
        for (const settle of settlements) settle()
        return
      } catch (error) {
        await connection.rollback()
        if (connection.isConflict(error) && attempts < MAX_ATTEMPTS) continue
        for (const { fail } of batch) fail(error)
        return
      }
    }
  }

  /** One transaction with a savepoint a task. Fails when not a task but the transaction as a whole failed. */
  async function attemptBatch(batch: readonly Waiting[]): Promise<(() => void)[]> {
    const settlements: (() => void)[] = []
    await connection.begin()
    for (const task of batch) {
      await connection.execute(settlements.length === 0 ? FIRST_TASK : NEXT_TASK)
      settlements.push(await attemptTask(task))
    }
    await connection.execute('COMMIT')
    return settlements
  }

  async function attemptTask({ attempt, fail }: Waiting): Promise<() => void> {
    const failures: unknown[] = []
    const query: Query = async (sql, parameters) => {
      try {
        return await connection.query(sql, parameters)
      } catch (error) {
        // Kept, because the task may catch it, and still nothing that it did counts any more.
        failures.push(error)
        throw error
      }
    }
    try {
      const settle = await attempt(query)
      if (failures.length === 0) return settle
    } catch (error) {
      failures.push(error)
    }
    const [failure] = failures
    if (connection.isConflict(failure)) throw failure
    await undoTask(failure)
    return () => fail(failure)
  }

  async function undoTask(failure: unknown): Promise<void> {
    try {
      await connection.execute('ROLLBACK TO SAVEPOINT task')
    } catch {
      // The database has ended the transaction because of this failure.
      throw failure
    }
  }

  function run<T>(task: (query: Query) => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      waiting.push({
        attempt: async (query) => {
          const result = await task(query)
          return () => resolve(result)
        },
        fail: reject,
      })
      running ??= runWaiting()
    })
  }

  return {
    run,
    async close() {
      await running
      await connection.close()
    },
  }
}
