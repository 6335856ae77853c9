import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MAX_MICRO_TOKENS, toMicroTokens } from '../../../../src/domain/kernel/micro-tokens.ts'
import type { CborValue } from '../../../../src/domain/kernel/cbor.ts'
import {
  encodeVoucher,
  readVoucher,
  signAck,
  signVoucher,
  voucherSignature,
} from '../../../../src/domain/ledger/voucher.ts'
import { ann, bob, expectRefusal } from '../../../support/ledger.ts'
import { samplePurchase } from '../../../support/ledger-samples.ts'
import { referenceVerifier } from '../../../support/reference-verifier.ts'

const { pay, reserve, ack, voucher } = samplePurchase()

describe('vouchers', () => {
  it("are the payer's word about one payment or reserve, and one amount", async () => {
    const holds = (...about: Parameters<typeof voucherSignature>) =>
      referenceVerifier.verify([voucherSignature(...about)])
    expect(await holds(ann.account, pay.hash, ack)).toBe(true)
    expect(await holds(bob.account, pay.hash, ack)).toBe(false)
    expect(await holds(ann.account, reserve.hash, ack)).toBe(false)
    expect(await holds(ann.account, reserve.hash, voucher)).toBe(true)
    expect(await holds(bob.account, reserve.hash, voucher)).toBe(false)
    expect(await holds(ann.account, pay.hash, voucher)).toBe(false)
    const more = toMicroTokens((voucher.amount ?? 0n) + 1n)
    expect(await holds(ann.account, reserve.hash, { ...voucher, amount: more })).toBe(false)
    expect(await holds(ann.account, reserve.hash, { ...voucher, amount: undefined })).toBe(false)
    expect(await holds(ann.account, pay.hash, { ...ack, amount: toMicroTokens(1) })).toBe(false)
  })

  it('come back from their CBOR form', () => {
    expect(readVoucher(encodeVoucher(ack))).toEqual(ack)
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: MAX_MICRO_TOKENS }), (amount) => {
        const made = { ...voucher, amount: toMicroTokens(amount) }
        expect(readVoucher(encodeVoucher(made))).toEqual(made)
      }),
    )
    expect(signAck(ann, pay.hash)).toEqual(ack)
    expect(signVoucher(ann, reserve.hash, toMicroTokens(voucher.amount ?? 0n))).toEqual(voucher)
  })

  it.each<[string, CborValue]>([
    ['a short signature', new Uint8Array(63)],
    ['an amount alone', [5]],
    ['a negative amount', [-1, new Uint8Array(64)]],
    ['a fraction as amount', [0.5, new Uint8Array(64)]],
    ['a long signature beside an amount', [5, new Uint8Array(65)]],
    ['nothing', null],
  ])('are refused with %s', (_, value) => {
    expectRefusal(() => readVoucher(value), 'bad-encoding')
  })
})
