import { expect, it } from 'vitest'
import type { ContextHash } from '../../../src/domain/content/context-hash.ts'
import { LoremeshError } from '../../../src/domain/kernel/errors.ts'
import { parseTokens } from '../../../src/domain/kernel/micro-tokens.ts'
import type { LedgerStore } from '../../../src/ports/ledger-store.ts'
import { openPeerHub, type HubPeer } from '../../support/peer-hub.ts'
import { buy, priceOf, settleAll, share, texts, walletOf } from './trade-fixture.ts'
import { buyRest, expectInOrder, finish, type Roles } from './trade-roles.ts'

const LINE = parseTokens('1')
const genesisPart = { paymentWindowMs: 20_000, checkpointIntervalMs: 2_000, creditLine: LINE }
const writes = ['append', 'adopt', 'discard', 'putCertificate', 'putPayment', 'putPurchase'] as const

function full(): LoremeshError {
  return new LoremeshError('storage-full', 'The browser gives no more storage')
}

it('what could not be kept is not paid for', async () => {
  const hub = await openPeerHub(genesisPart)
  const [seller, buyer] = [await hub.addPeer(), await hub.addPeer()]
  await share(seller, texts(1))
  buyer.contextStore.putCached = () => Promise.reject(full())
  const answer = await buyer.peer.ask('What do pages say?', {
    scope: 'network',
    maxTokenCost: parseTokens('20'),
  })
  expect(answer.troubles.map(({ code }) => code)).toEqual(['storage-full'])
  await finish(hub, seller, buyer)
  expect(walletOf(buyer).credit).toBe(hub.genesis.starterGrant)
  await expectInOrder(hub, seller, buyer)
  await hub.close()
})

it('what could be kept of an answer is paid for, and no more', async () => {
  const hub = await openPeerHub(genesisPart)
  const [seller, buyer] = [await hub.addPeer(), await hub.addPeer()]
  const wanted = await share(seller, texts(5))
  const kept = new Set<ContextHash>()
  const purchase = await buy(buyer, seller, wanted, {
    keep(some: ReadonlyMap<ContextHash, string>) {
      if (kept.size > 0) return Promise.reject(full())
      for (const contextHash of some.keys()) kept.add(contextHash)
      return Promise.resolve()
    },
  })
  expect(purchase.failure?.code).toBe('storage-full')
  expect(new Set(purchase.texts.keys())).toEqual(kept)
  await finish(hub, seller, buyer)
  const paid = priceOf(new Map([...wanted].filter(([contextHash]) => kept.has(contextHash))), hub.genesis)
  expect(walletOf(buyer).credit).toBe(hub.genesis.starterGrant - paid)
  await expectInOrder(hub, seller, buyer)
  await hub.close()
})

/** Has one write of a store fail, the one after so many others, and gives whether it has come to it. */
function failOnce({ ledgerStore }: HubPeer, survives: number): () => boolean {
  let left = survives
  function mayFail(name: (typeof writes)[number]): void {
    const write = ledgerStore[name] as (...parameters: unknown[]) => Promise<void>
    const failing = (...parameters: unknown[]): Promise<void> =>
      left-- === 0 ? Promise.reject(full()) : write(...parameters)
    Object.assign(ledgerStore, { [name]: failing } satisfies Partial<Record<keyof LedgerStore, unknown>>)
  }
  writes.forEach(mayFail)
  return () => left < 0
}

/** A purchase with claim and release, while one write of one of the two fails. */
async function tradeWithFullStorage(
  victim: keyof Roles,
  survives: number,
): Promise<{ readonly hasFailed: boolean; readonly price: bigint; readonly paid: bigint }> {
  const hub = await openPeerHub(genesisPart)
  const peers: Roles = { seller: await hub.addPeer(), buyer: await hub.addPeer() }
  const wanted = await share(peers.seller, texts(5))
  const held = new Set<ContextHash>()
  const hasFailed = failOnce(peers[victim], survives)
  const code = await buyRest(peers, wanted, held)
  if (code !== undefined) expect(code).toBe('storage-full')
  await settleAll(hub, peers.seller, peers.buyer)
  expect(await buyRest(peers, wanted, held)).toBeUndefined()
  await finish(hub, peers.seller, peers.buyer)
  await expectInOrder(hub, peers.seller, peers.buyer)
  const paid = walletOf(peers.seller).credit - hub.genesis.starterGrant
  await hub.close()
  return { hasFailed: hasFailed(), price: priceOf(wanted, hub.genesis), paid }
}

it.each(['buyer', 'seller'] as const)(
  'a %s whose storage is full at any moment pays and gets for nothing twice, and the payee loses its credit line at most',
  { timeout: 60_000 },
  async (victim) => {
    for (let survives = 0, hasFailed = true; hasFailed; survives++) {
      const trade = await tradeWithFullStorage(victim, survives)
      hasFailed = trade.hasFailed
      expect(trade.paid).toBeLessThanOrEqual(trade.price)
      expect(trade.price - trade.paid).toBeLessThanOrEqual(hasFailed ? LINE + trade.paid : 0n)
    }
  },
)
