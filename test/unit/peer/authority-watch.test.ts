import { beforeEach, describe, expect, it } from 'vitest'
import { LoremeshError } from '../../../src/domain/kernel/errors.ts'
import { createWritable } from '../../../src/domain/kernel/readable.ts'
import { createAuthorityWatch, type AuthorityWatch } from '../../../src/peer/authority-watch.ts'
import type { AuthorityReach } from '../../../src/ports/certifier.ts'
import { createManualClock, type ManualClock } from '../../support/manual-clock.ts'
import { valueOf } from '../../support/value-of.ts'

const all: AuthorityReach = { total: 4, needed: 3, answering: 4, silent: 0 }
const half: AuthorityReach = { ...all, answering: 2, silent: 2 }

let clock: ManualClock
let reach: ReturnType<typeof createWritable<AuthorityReach>>
let watch: AuthorityWatch
/** How often they were asked, and how often it was told that they are back. */
let attempts: number
let returns: number
let outcome: Error | undefined
/** What happens while what waited is done. */
let meanwhile: () => void
let failures: unknown[]

beforeEach(() => {
  clock = createManualClock()
  reach = createWritable(all)
  attempts = 0
  returns = 0
  meanwhile = () => undefined
  outcome = new LoremeshError('authority-unreachable', 'No')
  failures = []
  watch = createAuthorityWatch(
    { certifier: { reach }, clock },
    {
      ask() {
        attempts += 1
        return outcome === undefined ? Promise.resolve() : Promise.reject(outcome)
      },
      onBack() {
        returns += 1
        meanwhile()
        return Promise.resolve()
      },
      onFailure: (error) => failures.push(error),
    },
  )
})

describe('the watch over the authorities', () => {
  it('is quiet while enough answer, or nothing is known to the contrary', async () => {
    reach.set({ ...all, answering: 0 })
    reach.set({ ...all, answering: 1, silent: 1 })
    await clock.advance(60_000)
    expect(valueOf(watch.notice)).toBe('')
    expect(valueOf(watch.state).tooFewSinceMs).toBeUndefined()
    expect(attempts).toBe(0)
  })

  it('says since when too few answer, what goes on, and what waits', async () => {
    await clock.advance(1_000)
    const sinceMs = clock.nowMs()
    reach.set({ ...half, silent: 2 })
    await clock.advance(1_000)
    reach.set({ ...half, answering: 0, silent: 4 })
    expect(valueOf(watch.state)).toEqual({ ...half, answering: 0, silent: 4, tooFewSinceMs: sinceMs })
    expect(valueOf(watch.notice)).toMatch(/0 of 4.*3 are needed.*within credit lines.*becomes final/)
  })

  it('asks again until they are back, and then has done what waits', async () => {
    reach.set(half)
    await clock.advance(20_000)
    expect([attempts, returns]).toEqual([5, 0])
    reach.set(all)
    expect(valueOf(watch.notice)).toBe('')
    await clock.advance(4_000)
    expect([attempts, returns]).toEqual([6, 1])
    await clock.advance(60_000)
    expect([attempts, returns]).toEqual([6, 1])
  })

  it('begins anew when they fall silent again', async () => {
    outcome = undefined
    reach.set(half)
    reach.set(all)
    await clock.advance(60_000)
    expect(returns).toBe(1)
    reach.set(half)
    await clock.advance(4_000)
    expect([attempts, returns]).toEqual([2, 1])
  })

  it('goes on asking when they fall silent while what waits is done', async () => {
    reach.set(half)
    reach.set(all)
    meanwhile = () => reach.set(half)
    await clock.advance(4_000)
    expect([attempts, returns]).toEqual([1, 1])
    await clock.advance(8_000)
    expect([attempts, returns]).toEqual([3, 1])
  })

  it('asks nobody any more once it was stopped', async () => {
    reach.set(half)
    watch.stop()
    await clock.advance(60_000)
    expect(attempts).toBe(0)
    expect(failures).toEqual([])
  })

  it('reports what fails for another reason, and goes on asking', async () => {
    outcome = new Error('The database is gone')
    reach.set(half)
    await clock.advance(4_000)
    expect(failures).toEqual([outcome])
    await clock.advance(4_000)
    expect(attempts).toBe(2)
  })
})
