import { expect, it } from 'vitest'
import { createWritable } from '../../../src/domain/kernel/readable.ts'
import { LoremeshError } from '../../../src/domain/kernel/errors.ts'
import { createBookkeeper } from '../../../src/peer/bookkeeper.ts'
import { emptyWallet } from '../../support/sample-wallet.ts'
import { createManualClock } from '../../support/manual-clock.ts'

const MINUTE_MS = 60_000

/** A bookkeeper whose claims last until `finishClaim` is called. */
function openBookkeeper(
  refreshWallet: () => Promise<void> = () => Promise.resolve(),
  catchUp: () => Promise<void> = () => Promise.reject(new Error('Not part of this test')),
) {
  const failures: unknown[] = []
  const clock = createManualClock()
  const claims: (() => void)[] = []
  const bookkeeper = createBookkeeper(
    {
      account: { finishEarlier: () => Promise.resolve() },
      authorities: { hasQuorum: () => true, requireQuorum: () => Promise.resolve() },
      sync: { catchUp },
      settlement: {
        claim: () => new Promise<boolean>((resolve) => claims.push(() => resolve(false))),
        takeBack: () => Promise.resolve(false),
        noteClaimed: () => Promise.resolve(false),
      },
      wallet: { state: createWritable(emptyWallet), refresh: refreshWallet },
      clock,
    },
    {
      settleIntervalMs: MINUTE_MS,
      paymentWindowMs: 5 * MINUTE_MS,
      onFailure: (error) => failures.push(error),
    },
  )
  return { bookkeeper, clock, claims, failures }
}

it('settles one time after the other, so that nothing is claimed twice', async () => {
  const { bookkeeper, clock, claims } = openBookkeeper()
  await clock.advance(2 * MINUTE_MS)
  const asked = bookkeeper.settle()
  await clock.advance(0)
  expect(claims).toHaveLength(1)
  claims[0]?.()
  await clock.advance(0)
  expect(claims).toHaveLength(2)
  claims[1]?.()
  await asked
})

it('closes although the authorities keep a claim waiting and the stores are closed before it ends', async () => {
  let areOpen = true
  const { bookkeeper, clock, claims } = openBookkeeper(() =>
    areOpen ? Promise.resolve() : Promise.reject(new Error('The database is not open')),
  )
  await clock.advance(MINUTE_MS)
  const stopped = bookkeeper.stop()
  await clock.advance(3_000)
  await stopped
  areOpen = false
  claims.forEach((finish) => finish())
  // What fails from here on would be reported as an unhandled rejection.
  await clock.advance(MINUTE_MS)
  expect(claims.length).toBeGreaterThan(0)
})

it('hands over what fails while nobody waits for it', async () => {
  const failure = new Error('The database is gone')
  const { bookkeeper, clock, claims, failures } = openBookkeeper(() => Promise.reject(failure))
  bookkeeper.claimSoon()
  await clock.advance(10_000)
  claims[0]?.()
  await clock.advance(0)
  expect(failures).toEqual([failure, failure])
})

it('catches up, and settles then, when others can be reached again, and every hour', async () => {
  let caughtUp = 0
  let isReachable = true
  const { bookkeeper, clock, claims, failures } = openBookkeeper(undefined, () => {
    if (!isReachable) return Promise.reject(new LoremeshError('authority-unreachable', 'Nobody answers'))
    caughtUp += 1
    return Promise.resolve()
  })
  bookkeeper.comeBack()
  await clock.advance(0)
  expect(caughtUp).toBe(0)

  await bookkeeper.whenPrepared()
  expect(caughtUp).toBe(1)
  bookkeeper.comeBack()
  await clock.advance(0)
  expect([caughtUp, claims.length]).toEqual([2, 1])
  isReachable = false
  bookkeeper.comeBack()
  await clock.advance(0)
  isReachable = true
  await clock.advance(60 * MINUTE_MS)
  expect(caughtUp).toBe(3)
  expect(failures).toEqual([])
})
