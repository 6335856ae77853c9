import { randomUUID } from 'node:crypto'
import { afterEach, describe, expect, it } from 'vitest'
import { readInfo, startNodePeer, type NodePeer } from '../support/node-peer.ts'
import { openAuthorityHeads } from '../support/authority-heads.ts'
import { readFederationStats, readLedgerStats } from '../support/server-stats.ts'
import { startFourOperators, type FourOperators } from '../support/four-operators.ts'
import { startServer, type TestServer } from '../support/start-server.ts'
import { valueOf } from '../support/value-of.ts'
import { NETWORK_INFO_PATH } from '../../src/protocols/network-info.ts'

const settings = { LOREMESH_SEEDER: 'false', LOREMESH_CHECKPOINT_SECONDS: '1' }
const patient = { timeout: 30_000 }

const closers: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

async function startPeer(server: TestServer): Promise<NodePeer> {
  const peer = await startNodePeer(server)
  closers.push(() => peer.close())
  return peer
}

/** The seller shares something new and the buyer gets it; gives the price. */
async function trade(seller: NodePeer, buyer: NodePeer): Promise<bigint> {
  const name = randomUUID()
  await seller.share(`${name}.md`, `# Tide ${name}\n\nThe moon pulls the sea in case ${name}.\n`)
  const before = seller.worth()
  const { results } = await buyer.ask(`What pulls the sea in case ${name}?`)
  const prices = results.filter(({ provider }) => provider === seller.identity.peerId)
  expect(prices).toHaveLength(1)
  const [{ paid } = { paid: 0n }] = prices
  await expect.poll(seller.worth).toBe(before + paid)
  return paid
}

/** Waits until every authority has the same newest entry of each peer, and nothing of the peers waits any more. */
async function expectOneLedger(server: TestServer, peers: readonly NodePeer[]): Promise<void> {
  const heads = await openAuthorityHeads(server)
  try {
    for (const { identity, ledgerStore } of peers) {
      await expect.poll(() => ledgerStore.listUncertified(), patient).toEqual([])
      const newest = await ledgerStore.head()
      expect(newest).toBeDefined()
      await expect
        .poll(() => heads.of(identity.account), patient)
        .toEqual(Array.from({ length: 4 }, () => newest?.head))
    }
  } finally {
    await heads.stop()
  }
  expect(await readLedgerStats(server)).toMatchObject({ conserved: true })
}

/** Waits for a checkpoint after something that changes the ledger. */
async function expectCheckpointAfter(server: TestServer, change: () => Promise<unknown>): Promise<void> {
  const { height } = await readFederationStats(server)
  await change()
  await expect.poll(async () => (await readFederationStats(server)).height, patient).toBeGreaterThan(height)
}

describe('a server with four authorities', () => {
  it('goes on while one of them is killed, and starts it again with everything that it missed', async () => {
    const server = await startServer({ ...settings, LOREMESH_AUTHORITIES: '4', LOREMESH_AUTHORITY_PORT: '0' })
    closers.push(server.stop)
    const { authorities, genesis } = await readInfo(server)
    expect(authorities).toHaveLength(4)
    expect(genesis.authorities).toHaveLength(4)
    const seller = await startPeer(server)
    const buyer = await startPeer(server)
    await trade(seller, buyer)

    server.killAuthority(2)
    await expectCheckpointAfter(server, () => trade(seller, buyer))

    await expect.poll(async () => (await readFederationStats(server)).reachable, patient).toBe(4)
    await trade(seller, buyer)
    await seller.peer.claimEverything()
    await expectOneLedger(server, [seller, buyer])
  })
})

describe('four authorities of four operators', () => {
  it('certify nothing while two are gone, though peers serve on, and everything once they are back', async () => {
    const network = await startOperators()
    const { server } = network
    const seller = await startPeer(server)
    const buyer = await startPeer(server)
    await expectCheckpointAfter(server, () => trade(seller, buyer))

    await network.kill(2)
    await trade(seller, buyer)
    await network.kill(3)
    await expect.poll(async () => (await readFederationStats(server)).reachable, patient).toBe(2)
    expect((await fetch(`${server.url}/readyz`)).status).toBe(503)

    const { entries } = await readFederationStats(server)
    // Within the session that stands the seller serves, as far as it trusts the buyer.
    await trade(seller, buyer)
    await seller.peer.claimEverything()
    expect(seller.wallet().pendingIn).toBeGreaterThan(0n)
    expect(seller.wallet().notice).toContain('Too few authorities answer')
    expect((await readFederationStats(server)).entries).toBe(entries)

    await network.start(2)
    await network.start(3)
    await expect.poll(async () => (await fetch(`${server.url}/readyz`)).status, patient).toBe(200)
    await expect
      .poll(async () => {
        await seller.peer.claimEverything()
        return seller.wallet().pendingIn
      }, patient)
      .toBe(0n)
    await expectCheckpointAfter(server, () => trade(seller, buyer))
    await seller.peer.claimEverything()
    await expectOneLedger(server, [seller, buyer])
  })

  it('change the price for everybody who is connected when three of them wish the same', async () => {
    const network = await startOperators()
    const { server } = network
    const seller = await startPeer(server)
    const buyer = await startPeer(server)
    const before = await trade(seller, buyer)
    const shown = await shownPrice(seller)

    const others = [1, 2, 3]
    await Promise.all(others.map(network.kill))
    await Promise.all(others.map((index) => network.start(index, { tokens_per_kb_served: '3' })))
    await expect.poll(() => readTariff(server), patient).toMatchObject({ tokens_per_kb_served: '3' })
    await expect.poll(() => shownPrice(seller), patient).toBeGreaterThan(shown)
    const after = await trade(seller, buyer)
    expect(Number(after) / Number(before)).toBeCloseTo(3 / 2, 4)
    await seller.peer.claimEverything()
    await expectOneLedger(server, [seller, buyer])
  })
})

/** What the first document of a peer costs, as it is shown to its owner. */
async function shownPrice({ peer }: NodePeer): Promise<bigint> {
  const [document] = valueOf(peer.library.documents)
  if (document === undefined) throw new Error('Nothing is shared')
  return (await peer.library.previewShare(document.documentHash)).price
}

async function readTariff({ url }: TestServer): Promise<object> {
  const info = (await (await fetch(url + NETWORK_INFO_PATH)).json()) as { tariff: object }
  return info.tariff
}

async function startOperators(): Promise<FourOperators> {
  const network = await startFourOperators(settings)
  closers.push(network.stop)
  return network
}
