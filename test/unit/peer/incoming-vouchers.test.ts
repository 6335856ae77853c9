import { beforeEach, describe, expect, it } from 'vitest'
import { toMicroTokens } from '../../../src/domain/kernel/micro-tokens.ts'
import type { EntryHash } from '../../../src/domain/ledger/entry.ts'
import { signVoucher } from '../../../src/domain/ledger/voucher.ts'
import { expectRejection, rejectionOf } from '../../support/ledger.ts'
import { CAP, open, openSession, take, useSale, vouch, WINDOW_MS } from './sale-fixture.ts'
import { openRawPayer, walletOf } from './trade-fixture.ts'

const sale = useSale()

describe('a voucher', () => {
  let reserve: EntryHash
  const vouched = async () => (await sale.seller.ledgerStore.getPayment(reserve))?.voucher?.amount

  beforeEach(async () => {
    reserve = await openSession(sale)
    await (await take(sale, reserve)).stop()
    await vouch(sale, reserve, 1_000n)
  })

  it('that is lower than one before, or the same again, changes nothing', async () => {
    await vouch(sale, reserve, 999n)
    await vouch(sale, reserve, 1_000n)
    expect(await vouched()).toBe(1_000n)
    await vouch(sale, reserve, 1_001n)
    expect(await vouched()).toBe(1_001n)
  })

  it('above the cap of its reserve is refused', async () => {
    await expectRejection(() => vouch(sale, reserve, CAP + 1n), 'bad-input')
    await vouch(sale, reserve, CAP)
    expect(await vouched()).toBe(CAP)
  })

  it('of a payment, without an amount, is refused', async () => {
    const { signature } = signVoucher(sale.payer.identity, reserve, CAP)
    const voucher = { amount: undefined, signature }
    await expectRejection(
      () => sale.handlers.onVoucher(reserve, voucher, sale.payer.identity.peerId),
      'bad-input',
    )
  })

  it('that somebody else has signed, or signed for another amount or reserve, is refused', async () => {
    const other = await openRawPayer(sale.hub, 2)
    await expectRejection(() => vouch(sale, reserve, 2_000n, { signer: other }), 'bad-signature')
    const { signature } = signVoucher(sale.payer.identity, reserve, toMicroTokens(2_000n))
    const raised = { amount: toMicroTokens(3_000n), signature }
    await expectRejection(
      () => sale.handlers.onVoucher(reserve, raised, sale.payer.identity.peerId),
      'bad-signature',
    )
    const next = await openSession(sale)
    const voucher = signVoucher(sale.payer.identity, reserve, toMicroTokens(5_000n))
    await expectRejection(
      () => sale.handlers.onVoucher(next, voucher, sale.payer.identity.peerId),
      'bad-signature',
    )
    expect(await vouched()).toBe(1_000n)
  })

  it('of another peer’s reserve is refused', async () => {
    const other = await openRawPayer(sale.hub, 2)
    await expectRejection(() => vouch(sale, reserve, 2_000n, { from: other }), 'not-found')
  })

  it('that comes after the claim is refused, for it can’t be claimed any more', async () => {
    await sale.seller.peer.claimEverything()
    await expectRejection(() => vouch(sale, reserve, 2_000n), 'already-claimed')
    await expectRejection(() => take(sale, reserve), 'already-claimed')
  })

  it('that comes while the claim is on its way is refused as well', async () => {
    sale.hub.beforeCertifying = () => {
      sale.hub.authorityReachable = false
      return Promise.resolve()
    }
    await sale.seller.peer.claimEverything()
    await expectRejection(() => vouch(sale, reserve, 2_000n), 'already-claimed')
    sale.hub.beforeCertifying = () => Promise.resolve()
    sale.hub.authorityReachable = true
    await sale.seller.peer.settle()
    expect(walletOf(sale.seller).credit).toBe(sale.hub.genesis.starterGrant + 1_000n)
  })

  it('that comes while the claim is being written is refused, not lost', async () => {
    const { ledgerStore } = sale.seller
    const append = ledgerStore.append.bind(ledgerStore)
    let refusal: Promise<unknown> = Promise.resolve()
    ledgerStore.append = async (...entry) => {
      refusal = rejectionOf(() => vouch(sale, reserve, 2_000n))
      await sale.hub.clock.settled()
      return append(...entry)
    }
    await sale.seller.peer.claimEverything()
    expect(await refusal).toBe('already-claimed')
    expect(await vouched()).toBe(1_000n)
    expect(walletOf(sale.seller).credit).toBe(sale.hub.genesis.starterGrant + 1_000n)
  })

  it('counts as long as the reserve can be claimed, though nothing more is sold from it', async () => {
    await sale.hub.clock.advance(WINDOW_MS * 0.1)
    const { signed, ...opening } = await sale.payer.reserve(sale.seller, CAP)
    await open(sale, opening)
    await sale.hub.clock.advance(WINDOW_MS * 0.61)
    await expectRejection(() => take(sale, signed.hash), 'expired')
    await vouch(sale, signed.hash, 7n)
    await sale.seller.peer.claimEverything()
    expect(walletOf(sale.seller).credit).toBe(sale.hub.genesis.starterGrant + 1_007n)
  })
})
