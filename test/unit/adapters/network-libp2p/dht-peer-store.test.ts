import { KEEP_ALIVE } from '@libp2p/interface'
import { multiaddr } from '@multiformats/multiaddr'
import { createLibp2p } from 'libp2p'
import { expect, it, vi } from 'vitest'
import { toLibp2pPeerId } from '../../../../src/adapters/network-libp2p/addresses.ts'
import { createDhtPeerStore } from '../../../../src/adapters/network-libp2p/dht-peer-store.ts'
import { samplePeerId } from '../../../support/sample-peer-ids.ts'

const MINUTE_MS = 60_000
const peer = toLibp2pPeerId(samplePeerId(1))
const first = multiaddr('/ip4/192.0.2.1/tcp/1/ws')
const second = multiaddr('/ip4/192.0.2.2/tcp/1/ws')
/** As a peer writes its own. */
const secondOfPeer = second.encapsulate(`/p2p/${peer.toString()}`)

/** The DHT's view of a peer store that knows one address of the peer. */
async function setUp() {
  const node = await createLibp2p({ start: false })
  const { peerStore } = node
  await peerStore.merge(peer, { multiaddrs: [first] })
  const reads = vi.spyOn(peerStore, 'get')
  const writes = vi.spyOn(peerStore, 'merge')
  let nowMs = 0
  const seen = createDhtPeerStore({ peerStore, events: node }, () => nowMs)
  const addresses = async (): Promise<readonly string[]> =>
    (await seen.getInfo(peer)).multiaddrs.map((address) => address.toString())
  return { peerStore, reads, writes, seen, addresses, wait: (ms: number) => void (nowMs += ms) }
}

it('reads a peer once a minute while nothing changes', async () => {
  const { seen, reads, addresses, wait } = await setUp()
  expect(await addresses()).toEqual([first.toString()])
  await seen.get(peer)
  expect(reads).toHaveBeenCalledTimes(1)
  wait(MINUTE_MS)
  await seen.get(peer)
  expect(reads).toHaveBeenCalledTimes(2)
})

it('gives what others wrote meanwhile', async () => {
  const { peerStore, addresses } = await setUp()
  await addresses()
  await peerStore.merge(peer, { multiaddrs: [second] })
  expect(await addresses()).toEqual([first.toString(), second.toString()])
})

it('writes what is new, and the same again only after a minute', async () => {
  const { seen, writes, addresses, wait } = await setUp()
  for (let record = 0; record < 10; record++) await seen.merge(peer, { multiaddrs: [secondOfPeer] })
  expect(writes).toHaveBeenCalledTimes(1)
  expect(await addresses()).toEqual([first.toString(), second.toString()])
  wait(MINUTE_MS)
  await seen.merge(peer, { multiaddrs: [secondOfPeer] })
  expect(writes).toHaveBeenCalledTimes(2)
})

it('takes eight addresses of a peer, and no tag that has it dialled again and again', async () => {
  const { seen } = await setUp()
  const many = Array.from({ length: 20 }, (_, n) => multiaddr(`/ip4/192.0.2.3/tcp/${n + 1}/ws`))
  const tags = { [`${KEEP_ALIVE}-kad`]: { value: 1 }, 'kad-peer': { value: 1 } }
  const { addresses, tags: kept } = await seen.merge(peer, { multiaddrs: many, tags })
  expect(addresses).toHaveLength(9)
  expect([...kept.keys()]).toEqual(['kad-peer'])
})
