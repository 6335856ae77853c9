import { expect, it } from 'vitest'
import { createPresence } from '../../../src/peer/presence.ts'
import { createManualClock } from '../../support/manual-clock.ts'

const INTERVAL_MS = 30_000

/** A presence whose library cannot be read the first time. */
function openPresence() {
  const clock = createManualClock()
  let readings = 0
  let announcements = 0
  const presence = createPresence(
    {
      clock,
      routing: {
        provide() {
          announcements += 1
          return Promise.resolve({
            intervalMs: INTERVAL_MS / announcements,
            peersOnline: 1,
            contextsTotal: 0,
          })
        },
        findProviders: () => Promise.resolve([]),
        listPeers: () => Promise.resolve([]),
      },
    },
    {
      sharedContexts() {
        readings += 1
        return readings === 1 ? Promise.reject(new Error('The database is gone')) : Promise.resolve([])
      },
    },
  )
  return { presence, clock, counts: () => ({ readings, announcements }) }
}

it('announces at the next beat what could not be read at this one', async () => {
  const { presence, clock, counts } = openPresence()
  presence.announceSoon()
  await clock.advance(INTERVAL_MS)
  expect(counts()).toEqual({ readings: 2, announcements: 1 })
  presence.stop()
})

it('announces nothing more after it was stopped, whatever was planned or under way', async () => {
  const { presence, clock, counts } = openPresence()
  await clock.advance(2 * INTERVAL_MS)
  const before = counts()
  const underWay = presence.announce()
  presence.announceSoon()
  presence.stop()
  presence.announceSoon()
  await underWay
  await clock.advance(10 * INTERVAL_MS)
  expect(counts().announcements).toBe(before.announcements + 1)
})
