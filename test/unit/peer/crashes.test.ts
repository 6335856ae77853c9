import { expect, it } from 'vitest'
import type { ContextHash } from '../../../src/domain/content/context-hash.ts'
import { parseTokens } from '../../../src/domain/kernel/micro-tokens.ts'
import { openPeerHub } from '../../support/peer-hub.ts'
import { priceOf, settleAll, share, texts, walletOf } from './trade-fixture.ts'
import { buyRest, expectInOrder, finish, type Roles } from './trade-roles.ts'

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
  await finish(hub, peers.seller, peers.buyer)
  await expectInOrder(hub, peers.seller, peers.buyer)
  const paid = walletOf(peers.seller).credit - hub.genesis.starterGrant
  await hub.close()
  return { hasCrashed, price: priceOf(wanted, hub.genesis), paid }
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
