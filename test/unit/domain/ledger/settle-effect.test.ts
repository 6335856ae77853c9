import { describe, expect, it } from 'vitest'
import type { Identity } from '../../../../src/domain/identity/identity.ts'
import { parseTokens, toMicroTokens, ZERO_TOKENS } from '../../../../src/domain/kernel/micro-tokens.ts'
import type { Payment } from '../../../../src/domain/ledger/account-state.ts'
import { claimEntry, reclaimEntry, releaseEntry } from '../../../../src/domain/ledger/entry-builders.ts'
import type { Entry, EntryHash } from '../../../../src/domain/ledger/entry.ts'
import { signAck, signVoucher } from '../../../../src/domain/ledger/voucher.ts'
import {
  ann,
  bob,
  cat,
  createTestLedger,
  expectRefusal,
  genesis,
  START_MS,
  testIdentity,
  voucherFor,
  type TestLedger,
  type TestSource,
} from '../../../support/ledger.ts'

const ten = parseTokens('10')
const four = parseTokens('4')
const endMs = START_MS + genesis.paymentWindowMs
const unknown = 'ab'.repeat(32) as EntryHash

/** A ledger in which Ann has 7 tokens of credit and 93 free ones, and Bob and Cat have nothing. */
function startLedger(): TestLedger {
  const ledger = createTestLedger()
  ledger.fund(ann, parseTokens('7'))
  ledger.endow(ann, parseTokens('93'))
  ledger.open(bob)
  ledger.open(cat)
  return ledger
}

/** The claim that `who` would write if these were its open payments, whatever the ledger says. */
function forgedClaim(ledger: TestLedger, who: Identity, sources: readonly TestSource[]): Entry {
  const pretended = sources.map(({ payment, ...rest }) => ({
    ...rest,
    payment: { ...payment, payee: who.account, state: 'open' as const },
  }))
  const claims = pretended.map((source) => ({ payment: source.payment, voucher: voucherFor(source) }))
  const payments = new Map(pretended.map(({ payment }) => [payment.hash, payment]))
  const lookup = { ...ledger, payment: (hash: EntryHash) => payments.get(hash) }
  return claimEntry(ledger.state(who), claims, ledger.at(), lookup)
}

describe('claim', () => {
  it('gives the payee what came from credit as credit and the rest as free tokens', () => {
    const ledger = startLedger()
    const payment = ledger.pay(ann, bob, ten)
    ledger.claim(bob, [{ payment, payer: ann }])
    expect(ledger.state(bob)).toMatchObject({ balance: parseTokens('3'), credit: parseTokens('7') })
    expect(ledger.payment(payment.hash)).toMatchObject({ state: 'claimed', claimed: ten })
  })

  it.each([
    ['4', '4', '0'],
    ['7', '7', '0'],
    ['7.000001', '7', '0.000001'],
    ['10', '7', '3'],
  ])('of %s tokens of a reserve gives %s as credit and %s free', (amount, credit, balance) => {
    const ledger = startLedger()
    const payment = ledger.reserve(ann, bob, ten)
    ledger.claim(bob, [{ payment, payer: ann, amount: parseTokens(amount) }])
    expect(ledger.state(bob)).toMatchObject({ balance: parseTokens(balance), credit: parseTokens(credit) })
    expect(ledger.payment(payment.hash)).toMatchObject({ state: 'claimed', claimed: parseTokens(amount) })
  })

  it('takes payments and reserves of several payers at once', () => {
    const ledger = startLedger()
    const dan = testIdentity(9)
    ledger.fund(dan)
    ledger.claim(bob, [
      { payer: ann, payment: ledger.pay(ann, bob, ten) },
      { payer: dan, payment: ledger.reserve(dan, bob, ten), amount: four },
      { payer: ann, payment: ledger.reserve(ann, bob, ten) },
    ])
    expect(ledger.state(bob)).toMatchObject({ credit: parseTokens('11'), balance: parseTokens('13') })
  })

  it('closes a reserve, whatever the payer vouches for afterwards', () => {
    const ledger = startLedger()
    const payment = ledger.reserve(ann, bob, ten)
    ledger.claim(bob, [{ payment, payer: ann, amount: four }])
    const more = forgedClaim(ledger, bob, [{ payment, payer: ann, amount: ten }])
    expectRefusal(() => ledger.write(bob, more), 'already-claimed')
  })

  it('refuses a payment that is not known, claimed already, lapsed or taken back', () => {
    const ledger = startLedger()
    const payment = ledger.pay(ann, bob, ten)
    const claim = (source: Payment) =>
      ledger.write(bob, forgedClaim(ledger, bob, [{ payment: source, payer: ann }]))
    expectRefusal(() => claim({ ...payment, hash: unknown }), 'not-found')
    claim(payment)
    expectRefusal(() => claim(payment), 'already-claimed')
    const late = ledger.lapse(ledger.pay(ann, bob, ten))
    expectRefusal(() => claim(late), 'expired')
    ledger.reclaim(ann, late)
    expectRefusal(() => claim(late), 'expired')
    const lapsed = ledger.lapse(ledger.reserve(ann, bob, ten))
    expectRefusal(() => claim(lapsed), 'expired')
    ledger.release(ann, lapsed)
    expectRefusal(() => claim(lapsed), 'expired')
  })

  it("refuses somebody else's payment or reserve", () => {
    const ledger = startLedger()
    for (const payment of [ledger.pay(ann, bob, ten), ledger.reserve(ann, bob, ten)]) {
      const entry = forgedClaim(ledger, cat, [{ payment, payer: ann }])
      expectRefusal(() => ledger.write(cat, entry), 'bad-entry')
    }
  })

  it.each(['pay', 'reserve'] as const)('refuses a %s from its end on', (kind) => {
    const ledger = startLedger()
    const payment = ledger[kind](ann, bob, ten)
    expectRefusal(() => {
      ledger.claim(bob, [{ payment, payer: ann }], endMs)
    }, 'expired')
    ledger.claim(bob, [{ payment, payer: ann }], endMs - 1)
    expect(ledger.state(bob).credit).toBe(parseTokens('7'))
  })

  it('refuses a voucher for nothing, above the cap, or of the other kind', () => {
    const ledger = startLedger()
    const pay = ledger.pay(ann, bob, ten)
    const reserve = ledger.reserve(ann, bob, ten)
    for (const [payment, voucher] of [
      [reserve, signVoucher(ann, reserve.hash, ZERO_TOKENS)],
      [reserve, signVoucher(ann, reserve.hash, toMicroTokens(ten + 1n))],
      [reserve, signAck(ann, reserve.hash)],
      [pay, signVoucher(ann, pay.hash, ten)],
    ] as const) {
      const build = () => claimEntry(ledger.state(bob), [{ payment, voucher }], ledger.at(), ledger)
      expectRefusal(build, 'bad-entry')
      const exact = forgedClaim(ledger, bob, [{ payment, payer: ann }])
      const operation = {
        ...exact.operation,
        vouchers: [voucher],
        amount: voucher.amount ?? ten,
      } as Entry['operation']
      expectRefusal(() => ledger.write(bob, { ...exact, operation }), 'bad-entry')
    }
  })

  it('refuses no source, one source twice, a missing voucher, one too many and a wrong sum', () => {
    const ledger = startLedger()
    const source = { payment: ledger.reserve(ann, bob, ten), payer: ann }
    const exact = forgedClaim(ledger, bob, [source])
    const voucher = voucherFor(source)
    const sources = [source.payment.hash]
    const write = (change: object) => () =>
      ledger.write(bob, { ...exact, operation: { ...exact.operation, ...change } })
    expectRefusal(write({ sources: [], vouchers: [] }), 'bad-entry')
    expectRefusal(write({ sources: [...sources, ...sources], vouchers: [voucher, voucher] }), 'bad-entry')
    expectRefusal(write({ vouchers: [] }), 'bad-entry')
    expectRefusal(write({ vouchers: [voucher, voucher] }), 'bad-entry')
    expectRefusal(write({ amount: toMicroTokens(ten + 1n) }), 'bad-entry')
  })
})

describe('reclaim', () => {
  it('restores credit and free tokens as they were drawn, once the payment has lapsed', () => {
    const ledger = startLedger()
    const before = ledger.state(ann)
    const payment = ledger.lapse(ledger.pay(ann, bob, ten))
    ledger.reclaim(ann, payment, endMs)
    expect(ledger.state(ann)).toMatchObject({ balance: before.balance, credit: before.credit })
    expect(ledger.payment(payment.hash)).toMatchObject({ state: 'returned', claimed: 0n })
  })

  it('has to wait for the checkpoint that lets the payment lapse, however late it is', () => {
    const ledger = startLedger()
    const payment = ledger.pay(ann, bob, ten)
    expectRefusal(() => {
      ledger.reclaim(ann, payment, endMs + 1)
    }, 'not-ready')
    ledger.claim(bob, [{ payment, payer: ann }], endMs - 1)
    expectRefusal(() => {
      ledger.reclaim(ann, payment, endMs)
    }, 'already-claimed')
  })

  it('is for the payer of a payment only, and once', () => {
    const ledger = startLedger()
    const payment = ledger.lapse(ledger.pay(ann, bob, ten))
    expectRefusal(() => reclaimEntry(ledger.state(bob), payment, ledger.at(), ledger), 'bad-entry')
    ledger.reclaim(ann, payment)
    expectRefusal(() => {
      ledger.reclaim(ann, payment)
    }, 'expired')
    expectRefusal(() => {
      ledger.reclaim(ann, { ...payment, hash: unknown })
    }, 'not-found')
    const reserve = ledger.lapse(ledger.reserve(ann, bob, ten))
    expectRefusal(() => {
      ledger.reclaim(ann, reserve)
    }, 'bad-entry')
  })
})

describe('release', () => {
  it.each([
    ['4', '3', '3'],
    ['7', '0', '3'],
    ['8', '0', '2'],
    ['10', '0', '0'],
  ])('after a claim of %s tokens gives back %s as credit and %s free', (claimed, credit, balance) => {
    const ledger = startLedger()
    const payment = ledger.reserve(ann, bob, ten)
    const { balance: before } = ledger.state(ann)
    ledger.claim(bob, [{ payment, payer: ann, amount: parseTokens(claimed) }])
    ledger.release(ann, payment)
    expect(ledger.state(ann)).toMatchObject({
      credit: parseTokens(credit),
      balance: before + parseTokens(balance),
      locked: 0n,
    })
    expect(ledger.payment(payment.hash)).toMatchObject({ state: 'returned', claimed: parseTokens(claimed) })
  })

  it('of a lapsed reserve gives back everything', () => {
    const ledger = startLedger()
    const before = ledger.state(ann)
    const payment = ledger.lapse(ledger.reserve(ann, bob, ten))
    ledger.release(ann, payment)
    const { balance, credit, locked } = before
    expect(ledger.state(ann)).toMatchObject({ balance, credit, locked })
  })

  it('leaves other reserves locked', () => {
    const ledger = startLedger()
    const payment = ledger.reserve(ann, bob, ten)
    ledger.reserve(ann, cat, four)
    ledger.claim(bob, [{ payment, payer: ann, amount: four }])
    ledger.release(ann, payment)
    expect(ledger.state(ann).locked).toBe(four)
  })

  it('has to wait for the claim, or for the checkpoint that lets the reserve lapse', () => {
    const ledger = startLedger()
    const payment = ledger.reserve(ann, bob, ten)
    expectRefusal(() => {
      ledger.release(ann, payment, endMs + 1)
    }, 'not-ready')
  })

  it('is for the payer of a reserve only, once, and of the exact rest', () => {
    const ledger = startLedger()
    const payment = ledger.reserve(ann, bob, ten)
    ledger.claim(bob, [{ payment, payer: ann, amount: four }])
    const claimed = { ...payment, claimed: four, state: 'claimed' as const }
    expectRefusal(() => releaseEntry(ledger.state(bob), claimed, ledger.at(), ledger), 'bad-entry')
    expectRefusal(() => releaseEntry(ledger.state(ann), payment, ledger.at(), ledger), 'bad-entry')
    const exact = releaseEntry(ledger.state(ann), claimed, ledger.at(), ledger)
    const operation = { ...exact.operation, amount: ten }
    expectRefusal(() => ledger.write(ann, { ...exact, operation }), 'bad-entry')
    ledger.release(ann, payment)
    expectRefusal(() => {
      ledger.release(ann, payment)
    }, 'expired')
    const lapsed = ledger.lapse(ledger.pay(ann, bob, ten))
    expectRefusal(() => {
      ledger.release(ann, lapsed)
    }, 'bad-entry')
  })
})
