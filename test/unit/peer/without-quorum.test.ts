import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { parseTokens, sumTokens } from '../../../src/domain/kernel/micro-tokens.ts'
import { openPeerHub, type HubPeer, type PeerHub } from '../../support/peer-hub.ts'
import { valueOf } from '../../support/value-of.ts'
import {
  buy,
  chainOf,
  expectPaid,
  failureOf,
  part,
  priceOf,
  settleAll,
  share,
  texts,
  walletOf,
  type Wanted,
} from './trade-fixture.ts'

const WINDOW_MS = 120_000
const LINE = parseTokens('1.2')

let hub: PeerHub
let seller: HubPeer
let others: readonly HubPeer[]
let buyer: HubPeer
/** Ten contexts of about 0.4 tokens. */
let wanted: Wanted

beforeEach(async () => {
  hub = await openPeerHub(
    { paymentWindowMs: WINDOW_MS, checkpointIntervalMs: 5_000, creditLine: LINE },
    { authorities: 4 },
  )
  seller = await hub.addPeer()
  others = [await hub.addPeer(), await hub.addPeer()]
  buyer = await hub.addPeer()
  wanted = await share(seller, texts(10))
})
afterEach(() => hub.close())

/** Leaves two of the four authorities, which is one too few. */
function loseQuorum(): void {
  hub.authorities.unreachable.add(1).add(2)
}

async function regainQuorum(): Promise<void> {
  hub.authorities.unreachable.clear()
  // They are asked again every few seconds.
  await hub.clock.advance(5_000)
}

const price = (of = wanted) => priceOf(of, hub.genesis)

describe('with one of four authorities gone', () => {
  it('everything goes on as with all of them', async () => {
    hub.authorities.unreachable.add(2)
    expect((await buy(buyer, seller, wanted)).failure).toBeUndefined()
    await settleAll(hub, seller, buyer)
    expect(walletOf(buyer).notice).toBe('')
    hub.authorities.unreachable.clear()
    await expectPaid(hub, { buyer, seller, paid: price() })
  })
})

describe('without a quorum', () => {
  it('a session that is certified goes on', async () => {
    await buy(buyer, seller, part(wanted, 0, 2))
    loseQuorum()
    expect((await buy(buyer, seller, part(wanted, 2))).failure).toBeUndefined()
    expect(walletOf(buyer).notice).toBe('')
    await regainQuorum()
    await settleAll(hub, seller, buyer)
    expect(chainOf(buyer)).toEqual(['open', 'collect', 'reserve', 'release'])
    await expectPaid(hub, { buyer, seller, paid: price() })
  })

  it('a peer that is known buys as much as the credit line, and the rest afterwards', async () => {
    loseQuorum()
    const little = part(wanted, 0, 2)
    expect((await buy(buyer, seller, little)).failure).toBeUndefined()
    expect(walletOf(buyer).notice).toContain('Too few authorities')
    expect(walletOf(buyer).entries[0]).toMatchObject({ kind: 'reserve', state: 'pending' })
    expect(await failureOf(buy(buyer, seller, part(wanted, 2)))).toBe('authority-unreachable')
    // Not even another reserve is signed: it would change nothing.
    expect(chainOf(buyer).filter((kind) => kind === 'reserve')).toHaveLength(1)

    await regainQuorum()
    expect((await buy(buyer, seller, part(wanted, 2))).failure).toBeUndefined()
    expect(walletOf(buyer).notice).toBe('')
    await settleAll(hub, seller, buyer)
    expect(chainOf(buyer)).toEqual(['open', 'collect', 'reserve', 'release'])
    await expectPaid(hub, { buyer, seller, paid: price() })
  })

  it('what was reserved before is good for purchases still, long after sellers would have claimed it', async () => {
    await buy(buyer, seller, part(wanted, 0, 2))
    loseQuorum()
    await hub.clock.advance(0.4 * WINDOW_MS)
    expect((await buy(buyer, seller, part(wanted, 2))).failure).toBeUndefined()
    expect(chainOf(seller)).toEqual(['open', 'collect'])
    expect(chainOf(buyer)).toEqual(['open', 'collect', 'reserve'])
    await regainQuorum()
    await settleAll(hub, seller, buyer)
    await expectPaid(hub, { buyer, seller, paid: price() })
  })

  it('what was bought on trust is paid afterwards, though the payer never comes back', async () => {
    loseQuorum()
    await buy(buyer, seller, part(wanted, 0, 2))
    await regainQuorum()
    await buyer.peer.settle()
    buyer.crash()
    await settleAll(hub, seller)
    expect(walletOf(seller).credit).toBe(hub.genesis.starterGrant + price(part(wanted, 0, 2)))
    expect(walletOf(seller).pendingIn).toBe(0n)
  })

  it('reserves for several peers follow one another, and are certified in their order', async () => {
    const offers = await Promise.all(others.map((other) => share(other, texts(2))))
    loseQuorum()
    for (const [at, other] of others.entries()) {
      expect((await buy(buyer, other, offers[at] ?? new Map())).failure).toBeUndefined()
    }
    expect((await buy(buyer, seller, part(wanted, 2, 4))).failure).toBeUndefined()
    expect(await buyer.ledgerStore.listUncertified()).toHaveLength(3)
    await regainQuorum()
    await buyer.peer.settle()
    await settleAll(hub, seller, ...others, buyer)
    expect(await buyer.ledgerStore.listUncertified()).toEqual([])
    const paid = sumTokens([...offers.map(price), price(part(wanted, 2, 4))])
    expect(walletOf(buyer)).toMatchObject({ credit: hub.genesis.starterGrant - paid, reserved: 0n })
  })

  it('earned tokens wait in the wallet, which says why, and are claimed by themselves later', async () => {
    await buy(buyer, seller, wanted)
    loseQuorum()
    await seller.peer.claimEverything()
    expect(walletOf(seller)).toMatchObject({ credit: hub.genesis.starterGrant, pendingIn: price() })
    expect(walletOf(seller).notice).toContain('Too few authorities')
    hub.authorities.unreachable.clear()
    await hub.clock.advance(61_000)
    expect(walletOf(seller)).toMatchObject({ credit: hub.genesis.starterGrant + price(), pendingIn: 0n })
    expect(walletOf(seller).notice).toBe('')
  })

  it('the notice ends, and what waited is certified, within seconds of their return', async () => {
    loseQuorum()
    await buy(buyer, seller, part(wanted, 0, 2))
    expect(walletOf(buyer).notice).toMatch(/2 of 4.*within credit lines/)
    expect(valueOf(buyer.peer.authorities)).toMatchObject({ needed: 3, silent: 2 })
    hub.authorities.unreachable.clear()
    await hub.clock.advance(5_000)
    expect(walletOf(buyer).notice).toBe('')
    expect(valueOf(buyer.peer.authorities)).toMatchObject({ answering: 4, tooFewSinceMs: undefined })
    expect(walletOf(buyer).entries[0]).toMatchObject({ kind: 'reserve', state: 'certified' })
  })

  it('nobody who was never heard of gets anything on trust', async () => {
    loseQuorum()
    const newcomer = await hub.addPeer()
    expect(await failureOf(buy(newcomer, seller, part(wanted, 0, 1)))).toBe('not-ready')
    expect(walletOf(newcomer).notice).toContain('Too few authorities')
    expect(walletOf(newcomer).entries).toEqual([])
    await regainQuorum()
    await hub.clock.advance(6_000)
    expect(chainOf(newcomer)).toEqual(['open', 'collect'])
    expect(walletOf(newcomer).notice).toBe('')
  })

  it('a peer that is started anew writes nothing before it has seen its own chain', async () => {
    buyer.crash()
    loseQuorum()
    buyer = await hub.addPeer({ profile: buyer, settleIntervalMs: 5_000 })
    expect(await failureOf(buy(buyer, seller, wanted))).toBe('not-ready')
    expect(await buyer.ledgerStore.listUncertified()).toEqual([])
    await regainQuorum()
    await hub.clock.advance(6_000)
    expect((await buy(buyer, seller, wanted)).failure).toBeUndefined()
  })
})
