import { describe, expect, it } from 'vitest'
import { toNetworkError, withinTime } from '../../../../src/adapters/network-libp2p/abortable.ts'
import { rejectionOf } from '../../../support/ledger.ts'
import { createManualClock } from '../../../support/manual-clock.ts'

const never = new Promise<never>(() => undefined)

describe('a wait', () => {
  it('ends with what it waited for', async () => {
    const clock = createManualClock()
    expect(await withinTime(Promise.resolve(5), { clock, ms: 100 })).toBe(5)
    await expect(withinTime(Promise.reject(new Error('no')), { clock, ms: 100 })).rejects.toThrow('no')
  })

  it('ends after its time, or with its signal', async () => {
    const clock = createManualClock()
    const late = rejectionOf(() => withinTime(never, { clock, ms: 100 }))
    await clock.advance(100)
    expect(await late).toBe('timeout')
    const { signal, abort } = clock.abortable()
    const stopped = rejectionOf(() => withinTime(never, { clock, ms: 100, signal }))
    abort()
    expect(await stopped).toBe('aborted')
  })

  it('leaves no timer behind', async () => {
    const timers = new Set<() => void>()
    const clock = {
      every(_ms: number, run: () => void) {
        timers.add(run)
        return () => timers.delete(run)
      },
    }
    await withinTime(Promise.resolve(), { clock, ms: 100 })
    expect(timers.size).toBe(0)
    const late = rejectionOf(() => withinTime(never, { clock, ms: 100 }))
    for (const run of timers) run()
    expect(await late).toBe('timeout')
    expect(timers.size).toBe(0)
  })
})

describe('an error of the network', () => {
  it('says what failed and why', () => {
    expect(toNetworkError(new Error('no route'), 'Dialling it')).toMatchObject({
      code: 'not-connected',
      message: 'Dialling it failed: no route',
    })
  })

  it('says only what failed when the browser names no reason', () => {
    expect(toNetworkError(new Event('error'), 'Dialling it').message).toBe('Dialling it failed')
  })

  it('tells a limit of time from being stopped', () => {
    const named = (name: string) => Object.assign(new Error('x'), { name })
    expect(toNetworkError(named('TimeoutError'), 'Dialling it').code).toBe('timeout')
    expect(toNetworkError(named('AbortError'), 'Dialling it').code).toBe('aborted')
  })
})
