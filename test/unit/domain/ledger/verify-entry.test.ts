import { describe, expect, it } from 'vitest'
import type { SignatureVerifier } from '../../../../src/domain/identity/signature.ts'
import { parseTokens } from '../../../../src/domain/kernel/micro-tokens.ts'
import { claimEntry, collectEntry } from '../../../../src/domain/ledger/entry-builders.ts'
import { signEntry } from '../../../../src/domain/ledger/entry-codec.ts'
import type { Entry, SignedEntry, Voucher } from '../../../../src/domain/ledger/entry.ts'
import { verifyEntry } from '../../../../src/domain/ledger/verify-entry.ts'
import { signAck, signVoucher } from '../../../../src/domain/ledger/voucher.ts'
import {
  ann,
  authority,
  bob,
  createTestLedger,
  expectRejection,
  genesis,
  starterGrant,
  type TestLedger,
} from '../../../support/ledger.ts'
import { samplePurchase } from '../../../support/ledger-samples.ts'
import { referenceVerifier } from '../../../support/reference-verifier.ts'

const ten = parseTokens('10')

function startLedger(): TestLedger {
  const ledger = createTestLedger()
  ledger.fund(ann)
  ledger.open(bob)
  return ledger
}

const verify = (signed: SignedEntry, ledger: TestLedger) => verifyEntry(signed, ledger, referenceVerifier)

describe('an entry is verified', () => {
  it('with its own signature, for its own network', async () => {
    const { pay, open } = samplePurchase()
    const ledger = createTestLedger()
    expect(await verify(pay, ledger)).toBe(pay)
    const elsewhere = { ...ledger, genesis: { ...genesis, name: 'another' } }
    await expectRejection(() => verifyEntry(pay, elsewhere, referenceVerifier), 'bad-entry')
    await expectRejection(() => verify({ ...pay, signature: bob.sign(pay.bytes) }, ledger), 'bad-signature')
    await expectRejection(() => verify({ ...pay, signature: open.signature }, ledger), 'bad-signature')
  })

  it('with the signatures of the grant that it collects', async () => {
    const ledger = startLedger()
    const collect = (grant: Uint8Array) =>
      verify(signEntry(bob, collectEntry(ledger.state(bob), grant, ledger.at(), ledger)), ledger)
    await collect(starterGrant(bob.account))
    const elsewhere = { ...genesis, name: 'another' }
    await expectRejection(() => collect(starterGrant(bob.account, { network: elsewhere })), 'bad-certificate')
    const signedBy = (...signers: (readonly [number, typeof ann])[]) => starterGrant(bob.account, { signers })
    await expectRejection(() => collect(signedBy([0, bob])), 'bad-signature')
    await expectRejection(() => collect(signedBy([1, authority])), 'bad-certificate')
    await expectRejection(() => collect(signedBy()), 'bad-certificate')
    await expectRejection(() => collect(signedBy([0, authority], [0, authority])), 'bad-certificate')
  })

  it('with the payers’ vouchers, so that nobody is charged for what did not arrive', async () => {
    const ledger = startLedger()
    const pay = ledger.pay(ann, bob, ten)
    const reserve = ledger.reserve(ann, bob, ten)
    const claim = (acked: Voucher, vouched: Voucher) => {
      const claims = [
        { payment: pay, voucher: acked },
        { payment: reserve, voucher: vouched },
      ]
      return verify(signEntry(bob, claimEntry(ledger.state(bob), claims, ledger.at(), ledger)), ledger)
    }
    const ack = signAck(ann, pay.hash)
    const voucher = signVoucher(ann, reserve.hash, ten)
    await claim(ack, voucher)
    await expectRejection(() => claim(signAck(bob, pay.hash), voucher), 'bad-signature')
    await expectRejection(() => claim(signAck(ann, reserve.hash), voucher), 'bad-signature')
    await expectRejection(() => claim(ack, signVoucher(bob, reserve.hash, ten)), 'bad-signature')
    await expectRejection(() => claim(ack, signVoucher(ann, pay.hash, ten)), 'bad-signature')
    const less = signVoucher(ann, reserve.hash, parseTokens('4'))
    await expectRejection(() => claim(ack, { ...less, amount: ten }), 'bad-signature')
    await expectRejection(() => claim(ack, { ...voucher, amount: parseTokens('9') }), 'bad-signature')
  })

  it('only when every payment that it claims is known', async () => {
    await expectRejection(() => verify(samplePurchase().claim, createTestLedger()), 'not-found')
  })

  it('without a look at signatures when a claim has another number of vouchers than of sources', async () => {
    const { claim } = samplePurchase()
    const ledger = createTestLedger()
    const untouched: SignatureVerifier = {
      verify: () => Promise.reject(new Error('Nothing is to be verified')),
    }
    const { operation } = claim.entry
    if (operation.type !== 'claim') throw new Error('The sample is no claim')
    const [source, other] = operation.sources
    const [voucher] = operation.vouchers
    for (const change of [
      { sources: [] },
      { vouchers: [voucher] },
      { sources: [source], vouchers: operation.vouchers },
      { sources: [source, source] },
      { sources: [], vouchers: [] },
      { sources: [other], vouchers: [] },
    ]) {
      const entry = { ...claim.entry, operation: { ...operation, ...change } } as Entry
      await expectRejection(() => verifyEntry(signEntry(bob, entry), ledger, untouched), 'bad-entry')
    }
  })
})
