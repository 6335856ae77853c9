import { afterEach, beforeEach, expect, it } from 'vitest'
import { openPeerHub, type HubPeer, type PeerHub } from '../../support/peer-hub.ts'
import { valueOf } from '../../support/value-of.ts'

let hub: PeerHub
let seller: HubPeer

beforeEach(async () => {
  hub = await openPeerHub()
  seller = await hub.addPeer()
})
afterEach(() => hub.close())

// An unhandled rejection makes a test run fail by itself.

it('a wallet that cannot be read says so', async () => {
  seller.ledgerStore.listEntries = () => Promise.reject(new Error('The database is gone'))
  await seller.peer.settle().catch(() => undefined)
  await hub.clock.advance(60_000)
  expect(valueOf(seller.peer.wallet).notice).toContain('The database is gone')
})

it('an account that cannot be prepared says why', async () => {
  hub.authorityReachable = false
  const { peer, ledgerStore } = await hub.addPeer()
  ledgerStore.listUncertified = () => Promise.reject(new Error('The database is gone'))
  hub.authorityReachable = true
  await hub.clock.advance(10_000)
  expect(valueOf(peer.wallet).notice).toContain('The database is gone')
})
