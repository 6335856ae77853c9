import { describe, expect, it } from 'vitest'
import { createGroupCommit } from '../../../../signaling/authority-store/group-commit.ts'
import type { SqlConnection } from '../../../../signaling/authority-store/sql-connection.ts'

const conflict = new Error('run me again')

/** A connection that notes what it is told, and fails with what `failures` holds for a statement, once each. */
function fakeConnection(failures: Record<string, Error[]> = {}) {
  const said: string[] = []
  function say(statement: string): Promise<void> {
    said.push(statement)
    const failure = failures[statement]?.shift()
    return failure === undefined ? Promise.resolve() : Promise.reject(failure)
  }
  const connection: SqlConnection = {
    dialect: { bytes: '', integer: '', position: '', table: '', keyedTable: '' },
    begin: () => say('BEGIN'),
    execute: say,
    query: (sql) => say(sql).then(() => []),
    rollback: () => say('ROLLBACK'),
    readVersion: () => Promise.resolve(0),
    writeVersion: () => Promise.resolve(),
    isConflict: (error) => error === conflict,
    close: () => say('CLOSE'),
  }
  return { said, ...createGroupCommit(connection) }
}

const FIRST = 'SAVEPOINT task'
const NEXT = 'RELEASE SAVEPOINT task; SAVEPOINT task'
const UNDO = 'ROLLBACK TO SAVEPOINT task'

describe('transactions that share a commit', () => {
  it('run in one when they are asked for in the same turn', async () => {
    const { said, run } = fakeConnection()
    const results = await Promise.all([1, 2].map((number) => run((query) => query(`${number}`, []))))
    expect(results).toEqual([[], []])
    expect(said).toEqual(['BEGIN', FIRST, '1', NEXT, '2', 'COMMIT'])
  })

  it('run in the next one when they are asked for while one is under way', async () => {
    const { said, run } = fakeConnection()
    let second: Promise<unknown> | undefined
    await run((query) => {
      second = run((query) => query('2', []))
      return query('1', [])
    })
    await second
    expect(said).toEqual(['BEGIN', FIRST, '1', 'COMMIT', 'BEGIN', FIRST, '2', 'COMMIT'])
  })

  it('are at most 256', async () => {
    const { said, run } = fakeConnection()
    await Promise.all(Array.from({ length: 257 }, () => run(() => Promise.resolve())))
    expect(said.filter((statement) => statement === 'COMMIT')).toHaveLength(2)
  })

  it('give no result, and no error of a task either, before the commit', async () => {
    const { said, run } = fakeConnection()
    const settled: number[] = []
    const note = (): void => void settled.push(said.length)
    await Promise.all([
      run(() => Promise.resolve()).then(note),
      run(() => Promise.reject(new RangeError('no'))).catch(note),
    ])
    expect(said).toEqual(['BEGIN', FIRST, NEXT, UNDO, 'COMMIT'])
    expect(settled).toEqual([said.length, said.length])
  })

  it('undo a task whose statement failed even when the task caught that', async () => {
    const failure = new Error('refused')
    const { said, run } = fakeConnection({ '1': [failure] })
    await expect(run((query) => query('1', []).catch(() => 'fine'))).rejects.toBe(failure)
    expect(said).toEqual(['BEGIN', FIRST, '1', UNDO, 'COMMIT'])
  })

  it('run all again when the database finds a conflict in any of them', async () => {
    const failures = { '2': [conflict], COMMIT: [conflict] }
    const { said, run } = fakeConnection(failures)
    const runs = [0, 0]
    const results = await Promise.all(
      ['1', '2'].map((sql, index) =>
        run(async (query) => {
          await query(sql, []).catch(() => undefined)
          return (runs[index] = (runs[index] ?? 0) + 1)
        }),
      ),
    )
    expect(results).toEqual([3, 3])
    expect(said.filter((statement) => statement === 'ROLLBACK')).toHaveLength(2)
    expect(said.at(-1)).toBe('COMMIT')
  })

  it('fail with the conflict when it comes five times', async () => {
    const { said, run } = fakeConnection({ COMMIT: Array.from({ length: 5 }, () => conflict) })
    await expect(run(() => Promise.resolve())).rejects.toBe(conflict)
    expect(said.filter((statement) => statement === 'BEGIN')).toHaveLength(5)
    await run(() => Promise.resolve())
  })

  it('all fail when the commit fails', async () => {
    const failure = new Error('the disk is full')
    const refusal = { status: 'rejected', reason: failure }
    const { run } = fakeConnection({ COMMIT: [failure] })
    const results = await Promise.allSettled([
      run(() => Promise.resolve()),
      run(() => Promise.reject(new RangeError('no'))),
    ])
    expect(results).toEqual([refusal, refusal])
  })

  it('all fail when the database ended the transaction under a task', async () => {
    const failure = new Error('the disk is full')
    const refusal = { status: 'rejected', reason: failure }
    const { said, run } = fakeConnection({ '1': [failure], [UNDO]: [new Error('no such savepoint')] })
    const results = await Promise.allSettled([run(() => Promise.resolve()), run((query) => query('1', []))])
    expect(results).toEqual([refusal, refusal])
    expect(said.at(-1)).toBe('ROLLBACK')
  })

  it('are finished before the connection is closed', async () => {
    const { said, run, close } = fakeConnection()
    const last = run((query) => query('1', []))
    await close()
    await last
    expect(said).toEqual(['BEGIN', FIRST, '1', 'COMMIT', 'CLOSE'])
  })
})
