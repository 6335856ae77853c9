import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { tellReadiness } from '../../../signaling/tell-readiness.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

const url = new URL('http://127.0.0.1:8080/')

it('tells what a server waits for once, and that it is ready when it is', () => {
  let reason = 'The seeder has not announced its contexts yet'
  const lines: string[] = []
  tellReadiness({ url, unreadyReason: () => reason }, (line) => lines.push(line))
  vi.advanceTimersByTime(1_000)
  expect(lines).toEqual([
    'Loremesh starts at http://127.0.0.1:8080/ and is not ready yet. The seeder has not announced its contexts yet.',
  ])
  reason = ''
  vi.advanceTimersByTime(1_000)
  expect(lines.slice(1)).toEqual(['Loremesh is ready: http://127.0.0.1:8080/'])
  expect(vi.getTimerCount()).toBe(0)
})

it('tells at once of a server that has nothing to wait for, and nothing of one that stops first', () => {
  const lines: string[] = []
  tellReadiness({ url, unreadyReason: () => '' }, (line) => lines.push(line))
  expect(lines).toEqual(['Loremesh is ready: http://127.0.0.1:8080/'])
  let reason = 'Not yet'
  const stop = tellReadiness({ url, unreadyReason: () => reason }, (line) => lines.push(line))
  stop()
  reason = ''
  vi.advanceTimersByTime(1_000)
  expect(lines).toHaveLength(2)
})
