import { expect, it } from 'vitest'
import type { LoremeshError } from '../../../src/domain/kernel/errors.ts'
import { createFrameWatch, GRACE_MS } from '../../../src/protocols/frame-watch.ts'
import { createFrameDecoder, encodeFrame } from '../../../src/protocols/framing.ts'
import { createManualTimer } from '../../support/manual-timer.ts'

const smallFrame = encodeFrame([new Uint8Array(20)])
const largeFrame = encodeFrame([new Uint8Array(256_000)])

function open() {
  const timer = createManualTimer()
  const decoder = createFrameDecoder(1_000_000)
  const late: LoremeshError[] = []
  const watch = createFrameWatch({ decoder, later: timer.later }, (reason) => late.push(reason))
  return {
    ...timer,
    stop: watch.stop,
    isLate: () => late.map(({ code }) => code),
    push(bytes: Uint8Array) {
      decoder.push(bytes)
      watch.look()
    },
  }
}

it('a frame that comes drop by drop is late after three seconds', () => {
  const { push, advance, isLate } = open()
  push(smallFrame.subarray(0, 1))
  for (let at = 1; at < 4; at++) {
    advance(700)
    push(smallFrame.subarray(at, at + 1))
  }
  advance(899)
  expect(isLate()).toEqual([])
  advance(10 + GRACE_MS)
  expect(isLate()).toEqual(['timeout'])
})

it('a large frame gets the time that it takes at 32 KiB a second besides', () => {
  const { push, advance, isLate } = open()
  push(largeFrame.subarray(0, 1))
  push(largeFrame.subarray(1, 1_000))
  advance(3_000 + 7_900)
  expect(isLate()).toEqual([])
  advance(200 + GRACE_MS)
  expect(isLate()).toEqual(['timeout'])
})

it('every frame gets time of its own, and none passes between two', () => {
  const { push, advance, isLate, waiting } = open()
  for (let n = 0; n < 5; n++) {
    push(smallFrame.subarray(0, 9))
    advance(2_000)
    push(smallFrame.subarray(9))
    expect(waiting()).toBe(0)
    advance(60_000)
  }
  push(smallFrame.subarray(0, 9))
  advance(2_000)
  push(new Uint8Array([...smallFrame.subarray(9), ...smallFrame.subarray(0, 9)]))
  advance(2_000)
  expect(isLate()).toEqual([])
})

it('nothing is late on a stream that has ended', () => {
  const { push, advance, isLate, stop } = open()
  push(smallFrame.subarray(0, 9))
  stop()
  advance(60_000)
  expect(isLate()).toEqual([])
})

it('a frame that came while the program was held up is not late, though timers run first', () => {
  const { push, advance, isLate } = open()
  push(smallFrame.subarray(0, 9))
  advance(3_001)
  push(smallFrame.subarray(9))
  advance(60_000)
  expect(isLate()).toEqual([])
})
