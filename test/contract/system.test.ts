import { describe, expect, it } from 'vitest'
import { createNodeClock } from '../../src/adapters/system-node/node-clock.ts'
import { createNodeRandomness } from '../../src/adapters/system-node/node-randomness.ts'
import { createManualClock } from '../support/manual-clock.ts'
import { describeClock } from './clock.contract.ts'
import { describeRandomness } from './randomness.contract.ts'

describeClock('of Node', () => ({ clock: createNodeClock() }))
describeClock('moved by hand', () => {
  const clock = createManualClock()
  return { clock, advance: (ms) => clock.advance(ms) }
})
describeRandomness('of Node', createNodeRandomness)

describe('a clock moved by hand', () => {
  it('stands still by itself and fires chained sleeps in one move', async () => {
    const clock = createManualClock(1_000)
    const woken: number[] = []
    const chain = async (): Promise<void> => {
      for (const ms of [10, 20, 30]) {
        await clock.sleep(ms)
        woken.push(clock.nowMs())
      }
    }
    const done = chain()
    expect(clock.nowMs()).toBe(1_000)
    await clock.advance(59)
    expect(woken).toEqual([1_010, 1_030])
    await clock.advance(1)
    await done
    expect(woken).toEqual([1_010, 1_030, 1_060])
  })
})
