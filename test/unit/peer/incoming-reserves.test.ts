import { describe, expect, it } from 'vitest'
import { createIdentity } from '../../../src/domain/identity/identity.ts'
import { LoremeshError } from '../../../src/domain/kernel/errors.ts'
import { parseTokens, sumTokens, toMicroTokens } from '../../../src/domain/kernel/micro-tokens.ts'
import { createCertificate, encodeCertificate, signVote } from '../../../src/domain/ledger/certificate.ts'
import { payEntry } from '../../../src/domain/ledger/entry-builders.ts'
import { signEntry } from '../../../src/domain/ledger/entry-codec.ts'
import type { SignedEntry } from '../../../src/domain/ledger/entry.ts'
import { encodeEnvelope } from '../../../src/domain/ledger/envelope.ts'
import { beginningOf } from '../../../src/domain/ledger/genesis.ts'
import type { SessionOpening } from '../../../src/ports/network.ts'
import { expectRejection, testIdentity } from '../../support/ledger.ts'
import {
  CAP,
  LINE,
  open,
  openSession,
  restartSeller,
  take,
  useSale,
  vouch,
  WINDOW_MS,
} from './sale-fixture.ts'
import { openRawPayer, walletOf } from './trade-fixture.ts'

const sale = useSale()

describe('a reserve', () => {
  it('of somebody else, for somebody else, or that is a payment, is refused', async () => {
    const other = await openRawPayer(sale.hub, 2)
    const opening = await sale.payer.reserve(sale.seller, CAP)
    await expectRejection(() => open(sale, opening, other), 'payment-required')
    const stranger = await sale.hub.addPeer()
    const elsewhere = await sale.payer.reserve(stranger, CAP)
    await expectRejection(() => open(sale, elsewhere), 'payment-required')
    const pay = await certifiedPay()
    await expectRejection(() => open(sale, pay), 'payment-required')
  })

  it('is nothing to take from before it was opened, or for others', async () => {
    const other = await openRawPayer(sale.hub, 2)
    const { signed, ...opening } = await sale.payer.reserve(sale.seller, CAP)
    await expectRejection(() => take(sale, signed.hash), 'not-found')
    await open(sale, opening)
    await expectRejection(() => take(sale, signed.hash, { from: other }), 'not-found')
  })

  it('that ends too soon to be claimed, or later than any may, is refused', async () => {
    const short = sale.payer.sign(sale.seller, CAP, sale.payer.state(), WINDOW_MS * 0.39)
    const certificateWire = await sale.payer.certify(short)
    await expectRejection(() => open(sale, { reserveWire: short.wire, certificateWire }), 'expired')
    const long = sale.payer.sign(sale.seller, CAP, sale.payer.state(), WINDOW_MS)
    const { operation } = long.entry
    if (operation.type !== 'reserve') throw new Error('no reserve')
    const late = resigned(long, sale.hub.clock.nowMs() + WINDOW_MS + 120_001)
    await expectRejection(
      () => open(sale, { reserveWire: late.wire, certificateWire: undefined }),
      'bad-entry',
    )
  })

  it('that is wrongly signed, or whose certificate is another one’s or forged, is refused', async () => {
    const first = await sale.payer.reserve(sale.seller, CAP)
    const second = await sale.payer.reserve(sale.seller, CAP)
    const forged = encodeEnvelope(second.signed.bytes, first.signed.signature)
    await expectRejection(() => open(sale, { ...second, reserveWire: forged }), 'bad-signature')
    await expectRejection(
      () => open(sale, { ...second, certificateWire: first.certificateWire }),
      'bad-certificate',
    )
    const vote = signVote(testIdentity(9), 0, second.signed)
    const wrong = encodeCertificate(createCertificate(second.signed, [vote]))
    await expectRejection(() => open(sale, { ...second, certificateWire: wrong }), 'bad-certificate')
  })

  it('of which there is another one at its place is proof of a fork, and nothing is sold for either', async () => {
    const before = sale.payer.state()
    const one = sale.payer.sign(sale.seller, CAP, before)
    const other = sale.payer.sign(sale.seller, parseTokens('49'), before)
    const opening = { reserveWire: one.wire, certificateWire: await sale.payer.certify(one) }
    await open(sale, opening)
    await expectRejection(
      () => open(sale, { reserveWire: other.wire, certificateWire: undefined }),
      'account-frozen',
    )
    await expectRejection(() => open(sale, opening), 'account-frozen')
    expect(await sale.seller.ledgerStore.listForkProofs()).toHaveLength(1)
    await sale.hub.clock.settled()
    const [authority] = sale.hub.authorities.authorities
    expect((await authority?.head(sale.payer.identity.account, 0))?.state?.frozen).toBe(true)
  })

  it('stays known over a restart, with its voucher', async () => {
    const reserve = await openSession(sale)
    const { prices, stop } = await take(sale, reserve)
    await stop()
    const owed = sumTokens(prices)
    await vouch(sale, reserve, owed)
    await restartSeller(sale)
    expect((await take(sale, reserve)).prices.length).toBeGreaterThan(0)
    await sale.seller.peer.claimEverything()
    expect(walletOf(sale.seller).credit).toBe(sale.hub.genesis.starterGrant + owed)
  })
})

describe('an uncertified reserve', () => {
  const uncertified = (): SessionOpening & { readonly signed: SignedEntry } => {
    const signed = sale.payer.sign(sale.seller, CAP)
    return { signed, reserveWire: signed.wire, certificateWire: undefined }
  }

  it('of an account that was never heard of is worth nothing', async () => {
    const nobody = createIdentity(new Uint8Array(32).fill(66))
    const { entry } = uncertified().signed
    const forged = signEntry(nobody, { ...entry, account: nobody.account })
    await expectRejection(
      () => sale.handlers.onSession({ reserveWire: forged.wire, certificateWire: undefined }, nobody.peerId),
      'payment-required',
    )
  })

  it('buys as much as the plain credit line, vouched for or not', async () => {
    const { signed, ...opening } = uncertified()
    expect((await open(sale, opening)).creditLine).toBe(LINE)
    const some = sale.contexts.slice(0, 2)
    const first = await take(sale, signed.hash, { wanted: some })
    const owed = sumTokens(first.prices)
    await vouch(sale, signed.hash, owed)
    expect((await open(sale, opening)).creditLine).toBe(LINE - owed)
    await expectRejection(() => take(sale, signed.hash), 'payment-required')
  })

  it('buys no more together with others', async () => {
    const first = uncertified()
    await open(sale, first)
    const delivery = await take(sale, first.signed.hash, { wanted: sale.contexts.slice(0, 2) })
    await vouch(sale, first.signed.hash, sumTokens(delivery.prices))
    const second = uncertified()
    const { creditLine } = await open(sale, second)
    expect(creditLine).toBe(LINE - sumTokens(delivery.prices))
    await expectRejection(
      () => take(sale, second.signed.hash, { wanted: sale.contexts.slice(2, 4) }),
      'payment-required',
    )
  })

  it('buys no more when it is vouched for in advance, also by deliveries under way', async () => {
    const { signed, ...opening } = uncertified()
    await open(sale, opening)
    const [first, second] = await Promise.all([
      take(sale, signed.hash, { wanted: sale.contexts.slice(0, 2) }),
      take(sale, signed.hash, { wanted: sale.contexts.slice(2, 4) }),
    ])
    await vouch(sale, signed.hash, parseTokens('20'))
    await sale.hub.clock.settled()
    expect(sumTokens([...first.prices, ...second.prices])).toBeLessThanOrEqual(LINE)
    await expectRejection(() => take(sale, signed.hash), 'payment-required')
    await vouch(sale, signed.hash, parseTokens('30'))
    await expectRejection(() => take(sale, signed.hash), 'payment-required')
  })

  it('does not pay for what is delivered for others, certified or not', async () => {
    const reserve = await openSession(sale)
    const { signed, ...opening } = uncertified()
    await open(sale, opening)
    await vouch(sale, signed.hash, parseTokens('20'))
    const delivery = await take(sale, reserve)
    expect(sumTokens(delivery.prices)).toBeLessThanOrEqual(LINE)
  })

  it('is not taken up beside many others of the same payer, until one of them is certified', async () => {
    const others = Array.from({ length: 8 }, uncertified)
    for (const opening of others) await open(sale, opening)
    const late = uncertified()
    await expectRejection(() => open(sale, late), 'rate-limited')
    expect(await sale.seller.ledgerStore.getPayment(late.signed.hash)).toBeUndefined()
    for (const { signed, ...opening } of others.slice(0, 1)) {
      await open(sale, opening)
      await open(sale, { ...opening, certificateWire: await sale.payer.certify(signed) })
    }
    await open(sale, late)
  })

  it('becomes a certified one when its certificate is shown', async () => {
    const { signed, ...opening } = uncertified()
    await open(sale, opening)
    const delivery = await take(sale, signed.hash, { wanted: sale.contexts.slice(0, 2) })
    await vouch(sale, signed.hash, sumTokens(delivery.prices))
    const { creditLine } = await open(sale, { ...opening, certificateWire: await sale.payer.certify(signed) })
    expect(creditLine).toBe(LINE + sumTokens(delivery.prices))
  })

  it('is claimed once the authorities know it, though its payer never shows the certificate', async () => {
    const { signed, ...opening } = uncertified()
    await open(sale, opening)
    await (await take(sale, signed.hash, { wanted: sale.contexts.slice(0, 2) })).stop()
    await vouch(sale, signed.hash, 1_000n)
    await sale.seller.peer.claimEverything()
    expect(walletOf(sale.seller).credit).toBe(sale.hub.genesis.starterGrant)
    await sale.payer.certify(signed)
    await sale.seller.peer.claimEverything()
    expect(walletOf(sale.seller).credit).toBe(sale.hub.genesis.starterGrant + 1_000n)
  })

  it('that never gets certified is forgotten when its time is over', async () => {
    const { signed, ...opening } = uncertified()
    await open(sale, opening)
    await vouch(sale, signed.hash, 1_000n)
    await sale.hub.clock.advance(WINDOW_MS + 61_000)
    expect((await sale.seller.ledgerStore.getPayment(signed.hash))?.phase).toBe('lapsed')
    expect(walletOf(sale.seller).pendingIn).toBe(0n)
    // Or the account stays forked for those that come.
    await sale.payer.certify(signed)
  })
})

/** A certified payment to the seller, offered as a reserve. */
async function certifiedPay(): Promise<SessionOpening> {
  const { genesis, clock } = sale.hub
  const terms = {
    to: sale.seller.identity.account,
    amount: CAP,
    invoice: new Uint8Array(32),
    expiresAtMs: clock.nowMs() + WINDOW_MS,
  }
  const lookup = {
    genesis,
    payment: () => undefined,
    checkpoint: () => beginningOf(genesis),
    slashed: () => toMicroTokens(0n),
  }
  const entry = payEntry(sale.payer.state(), terms, { timestampMs: clock.nowMs(), checkpoint: 0 }, lookup)
  const signed = signEntry(sale.payer.identity, entry)
  return { reserveWire: signed.wire, certificateWire: await sale.payer.certify(signed) }
}

/** The same reserve with another end. */
function resigned({ entry }: SignedEntry, expiresAtMs: number): SignedEntry {
  if (entry.operation.type !== 'reserve') throw new LoremeshError('bad-entry', 'The entry is not a reserve')
  return signEntry(sale.payer.identity, { ...entry, operation: { ...entry.operation, expiresAtMs } })
}
