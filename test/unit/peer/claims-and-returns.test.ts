import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { parseTokens, toMicroTokens } from '../../../src/domain/kernel/micro-tokens.ts'
import { createCertificate, encodeCertificate } from '../../../src/domain/ledger/certificate.ts'
import { signVoucher } from '../../../src/domain/ledger/voucher.ts'
import type { NetworkHandlers } from '../../../src/ports/network.ts'
import { copyLedgerStore } from '../../support/copy-ledger-store.ts'
import { openPeerHub, type HubPeer, type PeerHub } from '../../support/peer-hub.ts'
import {
  buy,
  chainOf,
  expectPaid,
  openRawPayer,
  priceOf,
  settleAll,
  share,
  texts,
  walletOf,
  type RawPayer,
  type Wanted,
} from './trade-fixture.ts'

const WINDOW_MS = 60_000

let hub: PeerHub
let seller: HubPeer
let buyer: HubPeer
let handlers: NetworkHandlers
let wanted: Wanted

beforeEach(async () => {
  hub = await openPeerHub({ paymentWindowMs: WINDOW_MS, checkpointIntervalMs: 5_000 }, { authorities: 4 })
  seller = await hub.addPeer({
    intercept(own) {
      handlers = own
      return {}
    },
  })
  buyer = await hub.addPeer()
  wanted = await share(seller, texts(3))
})
afterEach(() => hub.close())

const price = () => priceOf(wanted, hub.genesis)

/** A certified reserve of a payer, with a voucher, which the seller has accepted. */
async function owe(payer: RawPayer, amount: bigint): Promise<void> {
  const { signed, ...opening } = await payer.reserve(seller, parseTokens('5'))
  await handlers.onSession(opening, payer.identity.peerId)
  const voucher = signVoucher(payer.identity, signed.hash, toMicroTokens(amount))
  await handlers.onVoucher(signed.hash, voucher, payer.identity.peerId)
}

describe('a payee', () => {
  it('claims a session that was idle for a while by itself, and its payer takes back the rest at once', async () => {
    await buy(buyer, seller, wanted)
    await hub.clock.advance(WINDOW_MS * 0.2 - 2_000)
    expect(chainOf(seller)).not.toContain('claim')
    await hub.clock.advance(10_000)
    await expectPaid(hub, { buyer, seller, paid: price() })
  })

  it('does not claim a session that is in use until its end is near', async () => {
    for (let spentMs = 0; spentMs < WINDOW_MS * 0.5; spentMs += WINDOW_MS * 0.1) {
      await buy(buyer, seller, wanted)
      await hub.clock.advance(WINDOW_MS * 0.1)
    }
    expect(chainOf(seller)).not.toContain('claim')
    await hub.clock.advance(WINDOW_MS * 0.2)
    expect(chainOf(seller)).toContain('claim')
  })

  it('claims what many payers owe in batches of 64', { timeout: 60_000 }, async () => {
    for (let number = 0; number < 66; number++) await owe(await openRawPayer(hub, number), 1_000n)
    await seller.peer.claimEverything()
    expect(chainOf(seller).slice(2)).toEqual(['claim', 'claim'])
    expect(walletOf(seller).credit).toBe(hub.genesis.starterGrant + 66_000n)
  })

  it('claims what its payer has shown the certificate of to nobody else', async () => {
    const payer = await openRawPayer(hub)
    const signed = payer.sign(seller, parseTokens('5'))
    const votes = await Promise.all(
      hub.authorities.authorities.slice(1).map((authority) => authority.vote(signed.wire)),
    )
    const certificateWire = encodeCertificate(createCertificate(signed, votes))
    await handlers.onSession({ reserveWire: signed.wire, certificateWire }, payer.identity.peerId)
    const voucher = signVoucher(payer.identity, signed.hash, toMicroTokens(1_000n))
    await handlers.onVoucher(signed.hash, voucher, payer.identity.peerId)
    await seller.peer.claimEverything()
    expect(walletOf(seller)).toMatchObject({
      credit: hub.genesis.starterGrant + 1_000n,
      pendingIn: 0n,
      notice: '',
    })
  })

  it('claims what it has the certificate of, though one who voted is away and another one was shown a fork', async () => {
    const payer = await openRawPayer(hub)
    const before = payer.state()
    const signed = payer.sign(seller, parseTokens('5'))
    const rival = payer.sign(buyer, parseTokens('5'), before)
    const [first, second, third, fourth] = hub.authorities.authorities
    const votes = [
      await first?.vote(signed.wire),
      await second?.vote(signed.wire),
      await third?.vote(signed.wire),
    ]
    await fourth?.vote(rival.wire)
    const certificateWire = encodeCertificate(
      createCertificate(
        signed,
        votes.filter((vote) => vote !== undefined),
      ),
    )
    hub.authorities.unreachable.add(2)
    await handlers.onSession({ reserveWire: signed.wire, certificateWire }, payer.identity.peerId)
    const voucher = signVoucher(payer.identity, signed.hash, toMicroTokens(1_000n))
    await handlers.onVoucher(signed.hash, voucher, payer.identity.peerId)
    await seller.peer.claimEverything()
    expect(walletOf(seller)).toMatchObject({
      credit: hub.genesis.starterGrant + 1_000n,
      pendingIn: 0n,
      notice: '',
    })
  })

  it('whose claim another copy of its profile has made already goes on without it', async () => {
    await buy(buyer, seller, wanted)
    const backup = await copyLedgerStore(seller.ledgerStore)
    seller.crash()
    const copy = await hub.addPeer({ profile: { ...seller, ledgerStore: backup } })
    await copy.peer.claimEverything()
    copy.crash()
    seller = await hub.addPeer({ profile: seller })
    await seller.peer.claimEverything()
    await settleAll(hub, seller, buyer)
    await expectPaid(hub, { buyer, seller, paid: price() })
  })

  it('whose claim comes too late takes it back once it is refused, and goes on', async () => {
    await buy(buyer, seller, wanted)
    hub.beforeCertifying = () => {
      hub.authorityReachable = false
      return Promise.resolve()
    }
    await seller.peer.claimEverything()
    expect(walletOf(seller).entries[0]).toMatchObject({ kind: 'claim', state: 'pending' })
    hub.beforeCertifying = () => Promise.resolve()
    await hub.clock.advance(WINDOW_MS + 60_000)
    hub.authorityReachable = true
    await hub.clock.advance(20_000)
    await settleAll(hub, buyer, seller)
    expect(chainOf(seller)).toEqual(['open', 'collect'])
    await expectPaid(hub, { buyer, seller, paid: 0n })
    await buy(buyer, seller, wanted)
    await settleAll(hub, seller, buyer)
    await expectPaid(hub, { buyer, seller, paid: price() })
  })
})

describe('a payer', () => {
  it('has a reserve back that nobody claimed, after the checkpoint that says so', async () => {
    await buy(buyer, seller, wanted)
    seller.crash()
    await hub.clock.advance(WINDOW_MS + 1_000)
    expect(walletOf(buyer).reserved).toBeGreaterThan(0n)
    await hub.clock.advance(20_000)
    await buyer.peer.settle()
    expect(walletOf(buyer)).toMatchObject({ credit: hub.genesis.starterGrant, reserved: 0n, pendingOut: 0n })
    expect(await hub.totals()).toMatchObject({ locked: 0n, drawn: 0n })
  })

  it('that hears of no claim takes back the rest when the window is over', async () => {
    await buy(buyer, seller, wanted)
    hub.fate = (_from, _to, call) => (call === 'gossip' ? 'is-lost' : 'passes')
    buyer.crash()
    await seller.peer.claimEverything()
    await hub.clock.settled()
    buyer = await hub.addPeer({ profile: buyer })
    await hub.clock.advance(WINDOW_MS)
    await buyer.peer.settle()
    await expectPaid(hub, { buyer, seller, paid: price() })
  })

  it('and a payee that both wait for the last moment agree on what happened', async () => {
    await buy(buyer, seller, wanted)
    hub.authorities.unreachable.add(0).add(1)
    await hub.clock.advance(WINDOW_MS - 3_000)
    hub.authorities.unreachable.clear()
    await hub.clock.advance(WINDOW_MS)
    await settleAll(hub, seller, buyer)
    const paid = walletOf(seller).credit - hub.genesis.starterGrant
    expect([0n, price()]).toContain(paid)
    await expectPaid(hub, { buyer, seller, paid })
  })
})
