import { expect, it } from 'vitest'
import { noteAwake, sleepUntil } from '../../../src/tab/sleep-log.ts'

function memoryStorage() {
  const values = new Map<string, string>()
  return {
    getItem: (key: string) => values.get(key) ?? null,
    setItem: (key: string, value: string) => void values.set(key, value),
  }
}

it('knows how long a page was away', () => {
  const storage = memoryStorage()
  expect(sleepUntil(5_000, storage)).toBeUndefined()
  noteAwake(storage, 1_000)
  noteAwake(storage, 2_000)
  expect(sleepUntil(5_000, storage)).toEqual({ endedAtMs: 5_000, durationMs: 3_000 })
})

it('says nothing where nothing sensible is stored, or nothing can be', () => {
  const storage = memoryStorage()
  storage.setItem('loremesh:awake', 'yesterday')
  expect(sleepUntil(5_000, storage)).toBeUndefined()
  noteAwake(storage, 9_000)
  expect(sleepUntil(5_000, storage)).toBeUndefined()
  const blocked = () => {
    throw new Error('blocked')
  }
  noteAwake({ setItem: blocked }, 1_000)
  expect(sleepUntil(5_000, { getItem: blocked })).toBeUndefined()
})
