import { expect, it } from 'vitest'
import { parseTokens } from '../../../src/domain/kernel/micro-tokens.ts'
import type { ContextHash } from '../../../src/domain/content/context-hash.ts'
import { openPeerHub, type HubPeer, type PeerHub } from '../../support/peer-hub.ts'
import { buy, failureOf, priceOf, settleAll, share, texts, walletOf, type Wanted } from './trade-fixture.ts'

const WINDOW_MS = 20_000
const LINE = parseTokens('1')
/** Calls after which the world is another one than before. */
const effects = new Set([
  'append',
  'adopt',
  'authority',
  'discard',
  'openSession',
  'putCertificate',
  'putPayment',
  'putPurchase',
  'sendVoucher',
  'take',
])

interface Roles {
  buyer: HubPeer
  seller: HubPeer
}

/** A purchase with claim and release, during which one of the two crashes after so many effects. */
async function tradeWithCrash(
  authorities: number,
  victim: keyof Roles,
  survives: number,
): Promise<{ readonly hasCrashed: boolean; readonly price: bigint; readonly paid: bigint }> {
  const hub = await openPeerHub(
    { paymentWindowMs: WINDOW_MS, checkpointIntervalMs: 2_000, creditLine: LINE },
    { authorities },
  )
  let left = survives
  let isTrading = false
  let crash = (): void => undefined
  const crashed = new Promise<void>((resolve) => {
    crash = () => {
      peers[victim].crash()
      resolve()
    }
  })
  const mortal = (call: string, moment: string): void => {
    if (isTrading && moment === 'after' && effects.has(call) && left-- === 0) crash()
  }
  const add = (role: keyof Roles) => hub.addPeer(role === victim ? { onStep: mortal } : {})
  const peers: Roles = { seller: await add('seller'), buyer: await add('buyer') }
  const wanted = await share(peers.seller, texts(5))
  const held = new Set<ContextHash>()

  isTrading = true
  const trade = buyRest(peers, wanted, held).then(() => settleAll(hub, peers.seller, peers.buyer))
  await Promise.race([trade, crashed])
  await hub.clock.settled()
  isTrading = false
  const hasCrashed = left < 0
  if (hasCrashed) {
    peers[victim] = await hub.addPeer({ profile: peers[victim] })
    await peers.buyer.peer.buyer.meetAgain(peers.seller.identity.peerId)
  }
  expect(await buyRest(peers, wanted, held)).toBeUndefined()
  await hub.clock.advance(WINDOW_MS + 10_000)
  await settleAll(hub, peers.seller, peers.buyer)
  await expectInOrder(hub, peers)
  const paid = walletOf(peers.seller).credit - hub.genesis.starterGrant
  await hub.close()
  return { hasCrashed, price: priceOf(wanted, hub.genesis), paid }
}

/** Buys what is not held yet, and keeps what comes. */
async function buyRest({ buyer, seller }: Roles, wanted: Wanted, held: Set<ContextHash>) {
  const rest = new Map([...wanted].filter(([contextHash]) => !held.has(contextHash)))
  if (rest.size === 0) return undefined
  return failureOf(
    buy(buyer, seller, rest, {
      keep(kept: ReadonlyMap<ContextHash, string>) {
        for (const contextHash of kept.keys()) held.add(contextHash)
        return Promise.resolve()
      },
    }),
  )
}

/** Nothing is on its way any more, nobody has signed two entries at one place, and books and ledger agree. */
async function expectInOrder(hub: PeerHub, peers: Roles): Promise<void> {
  expect(await hub.totals()).toMatchObject({ conserved: true, locked: 0n, drawn: 0n, pending: 0n })
  for (const { identity, ledgerStore, peer } of [peers.buyer, peers.seller]) {
    expect(await ledgerStore.listUncertified()).toEqual([])
    expect(await ledgerStore.listForkProofs()).toEqual([])
    for (const authority of hub.authorities.authorities) {
      const { state } = await authority.head(identity.account, 0)
      expect(state).toMatchObject({ head: (await ledgerStore.head())?.head, frozen: false })
    }
    expect(peer.peerId).toBe(identity.peerId)
  }
  const { balance, credit, reserved, pendingOut } = walletOf(peers.buyer)
  const state = await peers.buyer.ledgerStore.head()
  expect({ balance, credit, reserved, pendingOut }).toEqual({
    balance: state?.balance,
    credit: state?.credit,
    reserved: 0n,
    pendingOut: 0n,
  })
}

it.each([
  { authorities: 1, every: 1 },
  { authorities: 4, every: 4 },
])(
  'a payer that crashes at any moment pays for nothing twice, and owes the payee at most its credit line (authorities: $authorities)',
  { timeout: 120_000 },
  async ({ authorities, every }) => {
    for (let survives = 0, hasCrashed = true; hasCrashed; survives += every) {
      const trade = await tradeWithCrash(authorities, 'buyer', survives)
      hasCrashed = trade.hasCrashed
      expect(trade.paid).toBeLessThanOrEqual(trade.price)
      expect(trade.price - trade.paid).toBeLessThanOrEqual(hasCrashed ? LINE + trade.paid : 0n)
    }
  },
)

it.each([
  { authorities: 1, every: 1 },
  { authorities: 4, every: 4 },
])(
  'a payee that crashes at any moment gets exactly what it delivered (authorities: $authorities)',
  { timeout: 120_000 },
  async ({ authorities, every }) => {
    for (let survives = 0, hasCrashed = true; hasCrashed; survives += every) {
      const trade = await tradeWithCrash(authorities, 'seller', survives)
      hasCrashed = trade.hasCrashed
      expect(trade.paid).toBe(trade.price)
    }
  },
)
