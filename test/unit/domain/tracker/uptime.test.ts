import { expect, it } from 'vitest'
import { createUptimeLog } from '../../../../src/domain/tracker/uptime.ts'

const MINUTE_MS = 60_000
const log = () => createUptimeLog({ gapLimitMs: 90_000, windowMs: 100 * MINUTE_MS, maxPeers: 2 })

it('gives a newcomer 100 percent and a stranger nothing', () => {
  const uptime = log()
  uptime.heartbeat('a', 0)
  expect(uptime.percent('a')).toBe(100)
  expect(uptime.percent('b')).toBe(0)
})

it('counts a gap above the limit as absence and a shorter one as presence', () => {
  const uptime = log()
  uptime.heartbeat('a', 0)
  uptime.heartbeat('a', MINUTE_MS)
  uptime.heartbeat('a', 4 * MINUTE_MS)
  expect(uptime.percent('a')).toBe(25)
})

it('lets what lies before its window fade', () => {
  const uptime = log()
  uptime.heartbeat('a', 0)
  uptime.heartbeat('a', 50 * MINUTE_MS)
  expect(uptime.percent('a')).toBe(0)
  for (let minute = 51; minute <= 400; minute++) uptime.heartbeat('a', minute * MINUTE_MS)
  expect(uptime.percent('a')).toBe(97.5)
})

it('forgets the peer that was away longest when it is full', () => {
  const uptime = log()
  uptime.heartbeat('a', 0)
  uptime.heartbeat('b', 1)
  uptime.heartbeat('a', 2)
  uptime.heartbeat('c', 3)
  expect(uptime.percent('b')).toBe(0)
  expect(uptime.percent('a')).toBe(100)
})
