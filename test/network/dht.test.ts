import { lpStream } from '@libp2p/utils'
import { afterEach, describe, expect, test } from 'vitest'
import { toLibp2pPeerId } from '../../src/adapters/network-libp2p/addresses.ts'
import { encodeStanding } from '../../src/domain/ledger/account-standing.ts'
import type { SharedContext } from '../../src/ports/context-routing.ts'
import {
  contextKey,
  encodeAddProvider,
  encodeGetProviders,
  KAD_PROTOCOL,
  parseKadAnswer,
} from '../../src/protocols/kad.ts'
import { sampleCheckpoint } from '../support/checkpoint-samples.ts'
import { createDhtSwarm, type DhtPeer, type DhtSwarm } from '../support/dht-swarm.ts'
import { ann, testIdentity } from '../support/ledger.ts'
import { addressOf, createTestBed, until } from '../support/libp2p-peers.ts'
import { testHash } from '../support/test-contexts.ts'

const quick = { electionIntervalMs: 200, stableAfterMs: 0 }
const bed = createTestBed()
let swarm: DhtSwarm | undefined
afterEach(async () => {
  await swarm?.stop()
  swarm = undefined
  await bed.stopAll()
})

const contexts = (from: number, to: number): SharedContext[] =>
  Array.from({ length: to - from }, (_, n) => ({
    contextHash: testHash(from + n),
    title: '',
    sizeBytes: 100,
    tags: [],
  }))

/** So many peers that have elected their servers, the first `identities` of them with these keys. */
async function openSwarm(size: number, identities: readonly (typeof ann)[] = []): Promise<DhtSwarm> {
  const opened = createDhtSwarm(quick)
  swarm = opened
  for (let n = 0; n < size; n++) await opened.join(identities[n])
  await opened.settled()
  return opened
}

const isServer = ({ state }: DhtPeer): boolean => state().role === 'server'

describe('the DHT', () => {
  test('has some of its peers as servers, and finds through them who provides a context', async () => {
    const { peers } = await openSwarm(12)
    expect(peers.filter(isServer).length).toBeLessThan(12)
    await Promise.all(peers.map(({ routing }, n) => routing.provide(contexts(n, n + 2))))
    for (const [n, { routing }] of peers.entries()) {
      const wanted = (n + 5) % 12
      const found = await routing.findProviders(testHash(wanted))
      const providers = [peers[wanted], peers[wanted - 1]].flatMap((peer) => (peer ? [peer.peerId] : []))
      expect(found.map(({ peerId }) => peerId)).toEqual(expect.arrayContaining(providers.slice(0, 1)))
      for (const { peerId, addresses } of found) {
        expect(providers).toContain(peerId)
        expect(addresses.filter((address) => address.endsWith(`/ws/p2p/${peerId}`))).not.toEqual([])
      }
    }
  })

  test('announces a thousand contexts and finds each of them', async () => {
    const { peers } = await openSwarm(6)
    const [sharer, asker] = peers
    if (sharer === undefined || asker === undefined) throw new Error('The swarm is empty')
    await sharer.routing.provide(contexts(0, 1_000))
    for (const n of [0, 1, 500, 998, 999]) {
      const found = await asker.routing.findProviders(testHash(n))
      expect(found.map(({ peerId }) => peerId)).toEqual([sharer.peerId])
    }
  })

  test('finds on when some of its servers have left, and elects others', async () => {
    const opened = await openSwarm(12)
    const servers = opened.peers.filter(isServer)
    const [sharer, asker] = opened.peers.filter((peer) => !isServer(peer))
    if (sharer === undefined || asker === undefined) throw new Error('All are servers')
    await sharer.routing.provide(contexts(0, 1))
    for (const server of servers.slice(0, 2)) await opened.leave(server)
    const found = await asker.routing.findProviders(testHash(0))
    expect(found.map(({ peerId }) => peerId)).toEqual([sharer.peerId])
    await opened.settled()
  })

  test('keeps the record of nobody but its sender', async () => {
    const { peers } = await openSwarm(4)
    const [liar, server, victim] = peers
    if (liar === undefined || server === undefined || victim === undefined) throw new Error('Too few peers')
    const key = contextKey(testHash(0))
    const stream = await liar.node.dialProtocol(toLibp2pPeerId(server.peerId), KAD_PROTOCOL)
    const messages = lpStream(stream)
    const addresses = victim.node.getMultiaddrs().map(({ bytes }) => bytes)
    for (const { node } of [victim, liar]) {
      await messages.write(encodeAddProvider(key, { id: node.peerId.toMultihash().bytes, addresses }))
    }
    await messages.write(encodeGetProviders(key))
    const { providers } = parseKadAnswer((await messages.read()).subarray())
    expect(providers.map(({ id }) => [...id])).toEqual([[...liar.node.peerId.toMultihash().bytes]])
  })

  test('cuts a peer off that sends far too much', async () => {
    const { peers } = await openSwarm(4)
    const [flooder, server] = peers
    if (flooder === undefined || server === undefined) throw new Error('Too few peers')
    const stream = await flooder.node.dialProtocol(toLibp2pPeerId(server.peerId), KAD_PROTOCOL)
    const cut = new Promise((resolve) => stream.addEventListener('close', resolve, { once: true }))
    const messages = lpStream(stream)
    const id = flooder.node.peerId.toMultihash().bytes
    const large = encodeAddProvider(new Uint8Array(60_000), { id, addresses: [] })
    const flood = async (): Promise<void> => {
      while (stream.status === 'open') await messages.write(large)
    }
    flood().catch(() => undefined)
    await cut
    expect(server.state().records).toBe(0)
  })

  test('gives standings that are proved, and takes no others', async () => {
    const { peers } = await openSwarm(4, [ann])
    const [owner, other] = peers
    if (owner === undefined || other === undefined) throw new Error('Too few peers')
    const { signed, tree } = sampleCheckpoint()
    const proof = tree.proofOf(ann.account)
    if (proof === undefined) throw new Error('The sample has changed')
    const standing = encodeStanding({ checkpoint: signed, proof })
    await owner.standings.publish(standing)
    expect(await other.standings.find(owner.peerId)).toEqual(standing)
    await expect(other.standings.publish(standing)).rejects.toMatchObject({ code: 'unavailable' })
    expect(await owner.standings.find(other.peerId)).toBeUndefined()
  })

  test('beside the tracker finds who provides a context when every server is gone', async () => {
    const relay = await bed.startRelay()
    const options = { dht: quick, trackerPeerIds: [] }
    const [first, second, third] = [
      await bed.startPeer(testIdentity(1), addressOf(relay), {}, options),
      await bed.startPeer(testIdentity(2), addressOf(relay), {}, options),
      await bed.startPeer(testIdentity(3), addressOf(relay), {}, options),
    ]
    await second.network.connect(first.identity.peerId, [])
    await third.network.connect(second.identity.peerId, [])
    const peers = [first, second, third]
    await Promise.all(peers.map(({ network }) => until(network.state, ({ dht }) => dht.role === 'server')))
    await Promise.all(peers.map(({ network }) => until(network.state, ({ dht }) => dht.size === 2)))
    await relay.stop()
    const isKept = until(second.network.state, ({ dht }) => dht.records > 0)
    await first.routing.provide(contexts(0, 1))
    await isKept
    const found = await third.routing.findProviders(testHash(0))
    expect(found.map(({ peerId }) => peerId)).toEqual([first.identity.peerId])
  })
})
