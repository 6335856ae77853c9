import { expect, it } from 'vitest'
import { openPeerHub } from '../../support/peer-hub.ts'
import { valueOf } from '../../support/value-of.ts'
import { buy, settleAll, share, texts } from './trade-fixture.ts'

it('a peer that keeps the ledger has what was certified before it began, what is since, and what it wrote itself', async () => {
  const hub = await openPeerHub({}, { authorities: 4 })
  const anna = await hub.addPeer()
  const ben = await hub.addPeer()
  const wanted = await share(anna, texts(2))
  const kept = () => valueOf(ben.peer.archive)

  await ben.peer.keepLedger(true)
  await hub.clock.advance(1_000)
  expect(kept()).toMatchObject({ isKept: true, catchingUp: undefined, failure: '' })
  expect(kept().entries).toBe((await hub.totals()).entries)

  await buy(ben, anna, wanted)
  await settleAll(hub, anna, ben)
  await hub.clock.advance(2_000)
  const { entries } = await hub.totals()
  expect(entries).toBeGreaterThan(6)
  expect(kept().entries).toBe(entries)

  await ben.peer.keepLedger(false)
  expect(kept()).toMatchObject({ isKept: false, entries: 0 })
  await hub.close()
})
