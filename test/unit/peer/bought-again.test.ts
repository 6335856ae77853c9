import { afterEach, beforeEach, expect, it } from 'vitest'
import { textToBytes } from '../../../src/domain/kernel/bytes.ts'
import { parseTokens } from '../../../src/domain/kernel/micro-tokens.ts'
import type { Answer } from '../../../src/peer/peer.ts'
import { openPeerHub, type HubPeer, type PeerHub } from '../../support/peer-hub.ts'
import { valueOf } from '../../support/value-of.ts'

const text = '# Bees\n\nHoney bees tell each other where food is with a waggle dance.\n'

let hub: PeerHub
let anna: HubPeer
let ben: HubPeer

beforeEach(async () => {
  hub = await openPeerHub()
  anna = await hub.addPeer()
  ben = await hub.addPeer()
  const [added] = await anna.peer.library.add([{ path: 'bees.md', bytes: textToBytes(text) }])
  if (added?.documentHash === undefined) throw new Error(added?.reason ?? 'not added')
  await anna.peer.library.setVisibility(added.documentHash, 'shared')
  await anna.peer.announce()
})
afterEach(() => hub.close())

function ask(): Promise<Answer> {
  return ben.peer.ask('How do bees tell where food is?', { scope: 'both', maxTokenCost: parseTokens('20') })
}

const spent = (): bigint => hub.genesis.starterGrant - valueOf(ben.peer.wallet).credit

it('a passage that was removed from the cache is named in the wallet, found and bought again', async () => {
  const first = await ask()
  const [entry] = valueOf(ben.peer.cache.state).entries
  if (entry === undefined) throw new Error('Nothing was kept')
  expect(entry.purchase).toEqual({ seller: anna.peer.peerId, paid: first.usage.paid })
  await ben.peer.cache.remove([entry.contextHash])
  expect(valueOf(ben.peer.cache.state).entries).toEqual([])
  expect(await ben.peer.library.titles([entry.contextHash])).toEqual(
    new Map([[entry.contextHash, entry.title]]),
  )
  const again = await ask()
  expect(again).toMatchObject({ fromCache: false, usage: { paid: first.usage.paid } })
  expect(again.results[0]).toMatchObject({ provider: anna.peer.peerId, contextHash: entry.contextHash })
  await anna.peer.claimEverything()
  await hub.clock.settled()
  expect(spent()).toBe(2n * first.usage.paid)
})

it('what is pinned outlives a quota of nothing and a restart, and costs nothing again', async () => {
  const first = await ask()
  const pinned = first.results.flatMap(({ contextHash }) => contextHash)
  await ben.peer.cache.setPinned(pinned, true)
  await ben.peer.cache.setQuota(0)
  await ben.peer.close()
  ben.crash()
  ben = await hub.addPeer({ profile: ben, cacheQuotaBytes: 0 })
  expect(valueOf(ben.peer.cache.state).entries.map(({ isPinned }) => isPinned)).toEqual(
    pinned.map(() => true),
  )
  expect((await ask()).usage.paid).toBe(0n)
})

it('what is pinned outlives an own copy of it, too', async () => {
  const { results } = await ask()
  const pinned = results.map(({ contextHash }) => contextHash)
  await ben.peer.cache.setPinned(pinned, true)
  const [own] = await ben.peer.library.add([{ path: 'mine.md', bytes: textToBytes(text) }])
  expect(valueOf(ben.peer.cache.state).entries).toEqual([])
  if (own?.documentHash === undefined) throw new Error(own?.reason ?? 'not added')
  await ben.peer.library.remove(own.documentHash)
  await ben.peer.cache.setQuota(0)
  expect(valueOf(ben.peer.cache.state).entries).toMatchObject(
    pinned.map((contextHash) => ({ contextHash, isPinned: true, purchase: { seller: anna.peer.peerId } })),
  )
  const again = await ask()
  expect(again.usage.paid).toBe(0n)
  expect(again.results[0]).toMatchObject({ contextHash: pinned[0], origin: 'cached' })
})
