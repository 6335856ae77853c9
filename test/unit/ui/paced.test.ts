import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createWritable } from '../../../src/domain/kernel/readable.ts'
import { paced } from '../../../src/ui/paced.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** What a subscriber hears of a value that is told every 100 ms at most. */
function listen() {
  const source = createWritable(0)
  const heard: number[] = []
  const stop = paced(source, 100).subscribe((value) => heard.push(value))
  return { source, heard, stop }
}

test('the value as it is and a first change are told at once', () => {
  const { source, heard } = listen()
  source.set(1)
  expect(heard).toEqual([0, 1])
})

test('of changes that follow one another only the newest is told, and none is lost', () => {
  const { source, heard } = listen()
  for (const value of [1, 2, 3]) source.set(value)
  vi.advanceTimersByTime(100)
  expect(heard).toEqual([0, 1, 3])
  vi.advanceTimersByTime(100)
  source.set(4)
  expect(heard).toEqual([0, 1, 3, 4])
})

test('nothing is told after the end', () => {
  const { source, heard, stop } = listen()
  source.set(1)
  source.set(2)
  stop()
  source.set(3)
  vi.advanceTimersByTime(1_000)
  expect(heard).toEqual([0, 1])
})
