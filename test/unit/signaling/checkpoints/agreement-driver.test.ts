import { describe, expect, it } from 'vitest'
import { driveAgreement, type DriverParts } from '../../../../signaling/checkpoints/agreement-driver.ts'
import { LoremeshError } from '../../../../src/domain/kernel/errors.ts'
import { createSimulatedClock } from './simulated-clock.ts'

const value = { id: '1'.repeat(64), payload: new Uint8Array() }
const timeouts = { proposeMs: 100, prevoteMs: 100, precommitMs: 100, growthMs: 100 }

/** A driver of the only authority, which notes what it does. */
function createDriver(changes: Partial<DriverParts> = {}) {
  const done: string[] = []
  const clock = createSimulatedClock(0)
  const parts: DriverParts = {
    clock,
    sign: () => new Uint8Array(64),
    persist: ({ sent }) => {
      done.push(`persist ${sent.map(({ kind }) => kind).join()}`)
      return Promise.resolve()
    },
    broadcast: ({ kind }) => done.push(`send ${kind}`),
    makeValue: () => Promise.resolve(value),
    judge: () => Promise.resolve(true),
    decide: ({ round }) => {
      done.push(`decide in round ${round}`)
      return Promise.resolve()
    },
    onProblem: ({ code }) => done.push(`problem ${code}`),
    onFailure: ({ code }) => done.push(`failure ${code}`),
    ...changes,
  }
  const driver = driveAgreement(parts, { height: 1, authorities: 1, authority: 0, timeouts })
  return { driver, clock, done }
}

describe('the driver of an agreement', () => {
  it('stores what it is about to say before it says it', async () => {
    const { driver, clock, done } = createDriver()
    driver.start()
    await clock.pass(0)
    for (const kind of ['proposal', 'prevote', 'precommit']) {
      const stored = done.findIndex((step) => step.startsWith('persist') && step.includes(kind))
      expect(stored).toBeGreaterThanOrEqual(0)
      expect(stored).toBeLessThan(done.indexOf(`send ${kind}`))
    }
    expect(done.at(-1)).toBe('decide in round 0')
  })

  it('says nothing more once it could not store something', async () => {
    const full = (): Promise<void> => Promise.reject(new LoremeshError('storage-full', 'The disk is full'))
    const { driver, clock, done } = createDriver({ persist: full })
    driver.start()
    await clock.pass(10_000)
    expect(done).toEqual(['failure storage-full'])
  })

  it('goes on to another round when no value can be made', async () => {
    let failures = 0
    const { driver, clock, done } = createDriver({
      makeValue: () => {
        failures += 1
        return failures === 1
          ? Promise.reject(new LoremeshError('internal', 'No value'))
          : Promise.resolve(value)
      },
    })
    driver.start()
    await clock.pass(10_000)
    expect(done).toContain('problem internal')
    expect(done.at(-1)).toBe('decide in round 1')
  })

  it('takes a value for wrong that can’t be judged', async () => {
    const { driver, clock, done } = createDriver({
      makeValue: () => new Promise(() => undefined),
      judge: () => Promise.reject(new LoremeshError('not-connected', 'No database')),
    })
    driver.start()
    await clock.pass(150)
    expect(done.some((step) => step.startsWith('decide'))).toBe(false)
    driver.stop()
  })
})
