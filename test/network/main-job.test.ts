import { circuitRelayTransport } from '@libp2p/circuit-relay-v2'
import { webSockets } from '@libp2p/websockets'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { CreateTransports } from '../../src/adapters/network-libp2p/transports.ts'
import { textToBytes } from '../../src/domain/kernel/bytes.ts'
import type { Intercept } from '../support/hub-network.ts'
import { startNodePeer, type NodePeer, type NodePeerOptions } from '../support/node-peer.ts'
import { readLedgerStats } from '../support/server-stats.ts'
import { startServer, type TestServer } from '../support/start-server.ts'

const question = 'How do bees tell where food is?'
const article = `# Bees

## Waggle dance

Honey bees tell each other where food is with a waggle dance. The angle of the dance shows the direction from the sun.
`

let server: TestServer
const peers: NodePeer[] = []

beforeAll(async () => {
  server = await startServer({
    LOREMESH_SEEDER: 'false',
    LOREMESH_PAYMENT_WINDOW_SECONDS: '10',
    LOREMESH_CHECKPOINT_SECONDS: '2',
  })
})
afterAll(() => server.stop())
afterEach(async () => {
  await Promise.all(peers.splice(0).map((peer) => peer.close()))
})

async function join(options?: NodePeerOptions): Promise<NodePeer> {
  const peer = await startNodePeer(server, options)
  peers.push(peer)
  return peer
}

describe('two peers and a server', () => {
  it('trade over WebRTC for exactly two tokens per KB, and the ledger adds up', async () => {
    const [anna, ben] = await Promise.all([join(), join()])
    const grant = ben.holdings()
    await anna.share('bees.md', article)

    const answer = await ben.ask(question)
    expect(answer.troubles).toEqual([])
    const [best] = answer.results
    expect(best).toMatchObject({ provider: anna.peer.peerId, transport: 'webrtc' })
    expect(best?.text).toContain('waggle dance')
    const bytes = BigInt(textToBytes(best?.text ?? '').length)
    const price = (bytes * 2_000_000n + 1023n) / 1024n
    expect(answer.results.map((result) => result.paid)).toEqual([price])

    // The voucher comes with the answer.
    await expect.poll(anna.worth).toBe(grant + price)
    expect(ben.wallet().pendingOut).toBe(price)
    await anna.peer.claimEverything()
    expect(anna.holdings()).toBe(grant + price)
    expect(ben.holdings()).toBe(grant - price)
    // The payee's claim reaches the payer as gossip, and sets the rest of the reserve free.
    await expect.poll(() => ben.wallet()).toMatchObject({ reserved: 0n, pendingOut: 0n })
    const kinds = ben.wallet().entries.map((entry) => entry.kind)
    expect(kinds).toEqual(['release', 'reserve', 'collect', 'open'])
    expect(await readLedgerStats(server)).toMatchObject({
      conserved: true,
      pending: 0n,
      locked: 0n,
      minted: 2n * grant,
    })
  })

  it('know of each other what was announced before one of them came', async () => {
    const anna = await join()
    await anna.share('bees.md', article)
    const ben = await join()
    const announcedAt = (by: NodePeer) => () => by.peer.profileOf(anna.peer.peerId).contextsAnnounced
    await expect.poll(announcedAt(ben), { timeout: 15_000 }).toBeGreaterThan(0)
  })

  it('pay also for what is asked right before closing', async () => {
    const [anna, ben] = await Promise.all([join(), join()])
    await anna.share('bees.md', article)
    const grant = anna.holdings()
    const { results } = await ben.ask(question)
    await ben.close()
    await expect.poll(anna.worth).toBe(grant + (results[0]?.paid ?? 0n))
  })

  it('are paid for what they sold right before closing', async () => {
    const [anna, ben] = await Promise.all([join(), join()])
    await anna.share('bees.md', article)
    const grant = ben.holdings()
    const { results } = await ben.ask(question)
    // The voucher comes with the answer.
    await expect.poll(anna.worth).toBe(grant + (results[0]?.paid ?? 0n))
    await anna.close()
    // The rest of the reserve comes back: the window that would bring back all of it is longer.
    await expect
      .poll(() => [ben.wallet().reserved, ben.holdings()], { timeout: 5_000 })
      .toEqual([0n, grant - (results[0]?.paid ?? 0n)])
  })

  it('charge nothing for the same question again', async () => {
    const [anna, ben] = await Promise.all([join(), join()])
    await anna.share('bees.md', article)
    await ben.ask(question)
    const before = ben.holdings()
    const again = await ben.ask(question)
    expect(again.fromCache).toBe(true)
    expect(again.results[0]).toMatchObject({ provider: 'self', origin: 'cached', paid: 0n })
    expect(ben.holdings()).toBe(before)
  })

  it('trade over the relay when WebRTC can not be had', async () => {
    const relayOnly: CreateTransports = () =>
      Promise.resolve({
        factories: [webSockets(), circuitRelayTransport()],
        defer: setImmediate,
        close: () => Promise.resolve(),
      })
    const [anna, ben] = await Promise.all([join({ transports: relayOnly }), join()])
    await anna.share('bees.md', article)
    const { results, troubles } = await ben.ask(question)
    expect(troubles).toEqual([])
    expect(results[0]).toMatchObject({ provider: anna.peer.peerId, transport: 'relay' })
  })
})

describe('a provider that vanishes with the reserve in its hands', () => {
  it('is replaced by another holder of the same context, and the reserve comes back', async () => {
    const vanished: NodePeer[] = []
    const holders: NodePeer[] = []
    const vanishOnce: Intercept = (handlers, { peerId }) => ({
      onTake(request, from) {
        const holder = holders.find((peer) => peer.identity.peerId === peerId)
        if (holder === undefined || vanished.length > 0) return handlers.onTake(request, from)
        vanished.push(holder)
        void holder.network.stop()
        return new Promise(() => undefined)
      },
    })
    const buyer = await join()
    holders.push(...(await Promise.all([join({ intercept: vanishOnce }), join({ intercept: vanishOnce })])))
    for (const holder of holders) await holder.share('bees.md', article)
    const grant = buyer.holdings()

    const { results, troubles } = await buyer.ask(question)
    const [gone] = vanished
    const other = holders.find((holder) => holder !== gone)
    expect(results[0]).toMatchObject({ provider: other?.identity.peerId, transport: 'webrtc' })
    expect(troubles).toMatchObject([{ provider: gone?.identity.peerId, code: 'not-connected' }])

    await expect.poll(() => other?.worth()).toBe(grant + (results[0]?.paid ?? 0n))
    await other?.peer.claimEverything()
    await expect.poll(() => settled(buyer), { timeout: 25_000, interval: 500 }).toBe(0n)
    expect(buyer.holdings()).toBe(grant - (results[0]?.paid ?? 0n))
    expect(await readLedgerStats(server)).toMatchObject({ conserved: true })
  })
})

/** Takes back what can be taken back; gives what is still on its way. */
async function settled({ peer, wallet }: NodePeer): Promise<bigint> {
  await peer.settle()
  return wallet().pendingOut + wallet().reserved
}
