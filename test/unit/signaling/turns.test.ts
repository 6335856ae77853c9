import { describe, expect, it } from 'vitest'
import { createTurns } from '../../../signaling/authority/turns.ts'

const never = new Promise<never>(() => undefined)

describe('turns', () => {
  it('let tasks of one key begin in the order in which they came, however long each prepares', async () => {
    const turns = createTurns()
    const begun: string[] = []
    let prepare: (name: string) => void = () => undefined
    const slow = new Promise<string>((resolve) => (prepare = resolve))
    const begin = (name: string) => {
      begun.push(name)
      return Promise.resolve(name)
    }
    const first = turns.take('a', () => slow, begin)
    const second = turns.take('a', () => Promise.resolve('second'), begin)
    const other = turns.take('b', () => Promise.resolve('other'), begin)
    expect(await other).toBe('other')
    prepare('first')
    expect(await Promise.all([first, second])).toEqual(['first', 'second'])
    expect(begun).toEqual(['other', 'first', 'second'])
  })

  it('let the next task begin while the one before is under way', async () => {
    const turns = createTurns()
    void turns.take(
      'a',
      () => Promise.resolve(),
      () => never,
    )
    const next = turns.take(
      'a',
      () => Promise.resolve(2),
      (value) => Promise.resolve(value),
    )
    expect(await next).toBe(2)
  })

  it('go on after a task that can not be prepared, and after one that fails', async () => {
    const turns = createTurns()
    const fail = () => Promise.reject(new Error('It fails'))
    const done = () => Promise.resolve('done')
    const unprepared = turns.take('a', fail, done)
    const failed = turns.take('a', done, fail)
    const next = turns.take('a', done, done)
    await expect(unprepared).rejects.toThrow('It fails')
    await expect(failed).rejects.toThrow('It fails')
    expect(await next).toBe('done')
  })
})
