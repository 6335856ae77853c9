import { expect, it } from 'vitest'
import { createUpkeep } from '../../../src/peer/upkeep.ts'
import { createManualClock } from '../../support/manual-clock.ts'

const DAY_MS = 86_400_000

/** An upkeep whose store removes, one time after the other, what `prunes` says. */
function openUpkeep(prunes: readonly (number | Error)[]) {
  const clock = createManualClock()
  const kept: object[] = []
  const failures: unknown[] = []
  let refreshed = 0
  const upkeep = createUpkeep(
    {
      ledgerStore: {
        prune(keep) {
          const outcome = prunes[kept.push(keep) - 1] ?? 0
          return outcome instanceof Error ? Promise.reject(outcome) : Promise.resolve(outcome)
        },
      },
      wallet: {
        refresh() {
          refreshed += 1
          return Promise.resolve()
        },
      },
      clock,
    },
    { onFailure: (error) => failures.push(error) },
  )
  return { upkeep, clock, kept, failures, refreshed: () => refreshed }
}

it('bounds the books at the start and once a day, and the wallet is read again when something went', async () => {
  const { upkeep, clock, kept, refreshed } = openUpkeep([3, 0])
  upkeep.start()
  await clock.advance(0)
  expect(kept).toEqual([{ entries: 10_000, purchases: 10_000 }])
  expect(refreshed()).toBe(1)
  await clock.advance(DAY_MS)
  expect(kept).toHaveLength(2)
  expect(refreshed()).toBe(1)
  upkeep.stop()
  await clock.advance(2 * DAY_MS)
  expect(kept).toHaveLength(2)
})

it('says what fails, and tries again the next day', async () => {
  const broken = new Error('The database is broken')
  const { upkeep, clock, failures, refreshed } = openUpkeep([broken, 1])
  upkeep.start()
  await clock.advance(DAY_MS)
  expect(failures).toEqual([broken])
  expect(refreshed()).toBe(1)
  upkeep.stop()
})
