import { expect, it } from 'vitest'
import { GRACE_MS } from '../../../src/protocols/frame-watch.ts'
import { createSendWatch } from '../../../src/protocols/send-watch.ts'
import { createManualTimer } from '../../support/manual-timer.ts'

/** A stream that takes bytes when the test says so. */
function open() {
  const timer = createManualTimer()
  const stalls: string[] = []
  let waiting = 0
  const watch = createSendWatch({ waitingBytes: () => waiting, later: timer.later }, ({ code }) =>
    stalls.push(code),
  )
  return {
    ...timer,
    stalls,
    send(bytes: number) {
      waiting += bytes
      watch.sent(bytes)
    },
    take(bytes: number) {
      waiting -= bytes
    },
  }
}

it('a peer that takes nothing of what waits for it stalls', () => {
  const { send, advance, stalls } = open()
  send(1_000)
  advance(4_999)
  send(1_000)
  expect(stalls).toEqual([])
  advance(1 + GRACE_MS)
  expect(stalls).toEqual(['timeout'])
})

it('a peer that takes something from time to time does not stall, however much comes after it', () => {
  const { send, take, advance, stalls } = open()
  for (let n = 0; n < 20; n++) {
    send(1_000)
    advance(4_000)
    take(100)
    advance(1_000)
  }
  expect(stalls).toEqual([])
})

it('nothing is watched while nothing waits', () => {
  const { send, take, advance, waiting, stalls } = open()
  send(0)
  expect(waiting()).toBe(0)
  send(1_000)
  take(1_000)
  advance(5_000)
  expect([waiting(), stalls]).toEqual([0, []])
})
