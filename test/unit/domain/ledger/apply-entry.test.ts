import { describe, expect, it } from 'vitest'
import { parseTokens, toMicroTokens, ZERO_TOKENS } from '../../../../src/domain/kernel/micro-tokens.ts'
import type { Payment } from '../../../../src/domain/ledger/account-state.ts'
import { signAck } from '../../../../src/domain/ledger/ack.ts'
import { applyEntry } from '../../../../src/domain/ledger/apply-entry.ts'
import {
  claimEntry,
  collectEntry,
  openEntry,
  payEntry,
  reclaimEntry,
} from '../../../../src/domain/ledger/entry-builders.ts'
import { signEntry } from '../../../../src/domain/ledger/entry-codec.ts'
import type { Entry, EntryHash, Operation } from '../../../../src/domain/ledger/entry.ts'
import {
  ann,
  authority,
  bob,
  cat,
  createTestLedger,
  expectRefusal,
  genesis,
  START_MS,
  starterGrant,
  testIdentity,
} from '../../../support/ledger.ts'

const ten = parseTokens('10')
const invoice = new Uint8Array(32).fill(7)
const windowMs = genesis.paymentWindowMs
const unknownPayment = 'ab'.repeat(32) as EntryHash

/** A ledger in which Ann has 1000 tokens of credit and Bob and Cat have nothing. */
function startLedger() {
  const ledger = createTestLedger()
  ledger.fund(ann)
  ledger.open(bob)
  ledger.open(cat)
  return ledger
}

/** A valid payment of Ann's as entry, with changes that make it invalid. */
function annPays(
  ledger: ReturnType<typeof createTestLedger>,
  operation: Partial<Extract<Operation, { type: 'pay' }>> = {},
  changes: Partial<Entry> = {},
): Entry {
  const payment = { to: bob.account, amount: ten, invoice, expiresAtMs: START_MS + windowMs }
  const entry = payEntry(ledger.state(ann), genesis, payment, START_MS)
  return { ...entry, operation: { ...entry.operation, ...operation }, ...changes }
}

/** The payment as `state` would leave it, for builders that must not notice. */
function pretend(payment: Payment, changes: Partial<Payment> = {}): Payment {
  return { ...payment, state: 'open', ...changes }
}

describe('the place of an entry in its chain', () => {
  it('starts an account with nothing', () => {
    const ledger = createTestLedger()
    ledger.open(ann)
    expect(ledger.state(ann)).toMatchObject({
      seq: 0,
      balance: 0n,
      credit: 0n,
      locked: 0n,
      stake: 0n,
      grants: [],
    })
  })

  it('asks for the entries before one that is ahead of the known chain', () => {
    const ledger = startLedger()
    expectRefusal(() => ledger.write(ann, annPays(ledger, {}, { seq: 5 })), 'unknown-parent')
    const stranger = testIdentity(9)
    const entry = { ...annPays(ledger), account: stranger.account }
    expectRefusal(() => ledger.write(stranger, entry), 'unknown-parent')
  })

  it('refuses a second entry at one place, and one that follows another entry than the head', () => {
    const ledger = startLedger()
    const first = signEntry(ann, annPays(ledger))
    const second = signEntry(ann, annPays(ledger, { to: cat.account }))
    ledger.apply(first)
    expectRefusal(() => ledger.apply(second), 'conflicting-entry')
    expectRefusal(() => ledger.apply(first), 'conflicting-entry')
    expectRefusal(() => ledger.write(ann, annPays(ledger, {}, { prev: unknownPayment })), 'conflicting-entry')
    expectRefusal(() => ledger.write(ann, openEntry(ann.account, genesis, START_MS)), 'conflicting-entry')
  })

  it('refuses an entry dated before the one it follows', () => {
    const ledger = startLedger()
    expectRefusal(() => ledger.write(ann, annPays(ledger, {}, { timestampMs: START_MS - 1 })), 'bad-entry')
  })

  it('refuses every entry of a frozen account', () => {
    const ledger = startLedger()
    const signed = signEntry(ann, annPays(ledger))
    const frozen = { ...ledger.state(ann), frozen: true }
    expectRefusal(() => applyEntry(frozen, signed, ledger), 'account-frozen')
  })

  it('refuses an entry of another account than the state is of', () => {
    const ledger = startLedger()
    const signed = signEntry(ann, annPays(ledger))
    const mixedUp = { ...ledger.state(ann), account: bob.account }
    expectRefusal(() => applyEntry(mixedUp, signed, ledger), 'bad-entry')
  })

  it.each(['balance', 'credit', 'locked', 'stake'] as const)('refuses an inexact %s', (field) => {
    const ledger = startLedger()
    const exact = annPays(ledger)
    const more = { [field]: toMicroTokens(exact[field] + 1n) }
    expectRefusal(() => ledger.write(ann, { ...exact, ...more }), 'bad-entry')
  })
})

describe('pay', () => {
  it('spends credit before free tokens and makes an open payment', () => {
    const ledger = startLedger()
    const payment = ledger.pay(ann, bob, ten)
    expect(payment).toMatchObject({ amount: ten, fromCredit: ten, state: 'open' })
    expect(payment.payer).toEqual(ann.account)
    expect(payment.payee).toEqual(bob.account)
    expect(ledger.state(ann)).toMatchObject({ balance: 0n, credit: parseTokens('990') })
  })

  it('takes the rest from free tokens when the credit is too little', () => {
    const ledger = startLedger()
    const state = { ...ledger.state(ann), balance: parseTokens('5'), credit: parseTokens('7') }
    const entry = payEntry(
      state,
      genesis,
      { to: bob.account, amount: ten, invoice, expiresAtMs: START_MS + 1 },
      START_MS,
    )
    expect(entry).toMatchObject({ balance: parseTokens('2'), credit: 0n })
    expect(entry.operation.fromCredit).toBe(parseTokens('7'))
    const { payments } = applyEntry(state, signEntry(ann, entry), ledger)
    expect(payments).toMatchObject([{ amount: ten, fromCredit: parseTokens('7') }])
  })

  it('refuses to spend more than there is, and says what to do', () => {
    const ledger = startLedger()
    const payment = {
      to: bob.account,
      amount: parseTokens('1000.000001'),
      invoice,
      expiresAtMs: START_MS + 1,
    }
    const build = () => payEntry(ledger.state(ann), genesis, payment, START_MS)
    expectRefusal(build, 'insufficient-balance')
    expect(build).toThrow(
      expect.objectContaining({ hint: expect.stringContaining('Share documents') as string }),
    )
  })

  it.each([
    ['to itself', { to: ann.account }],
    ['of nothing', { amount: ZERO_TOKENS, fromCredit: ZERO_TOKENS }],
    ['with a wrong share of credit', { fromCredit: toMicroTokens(1) }],
    ['that ends when it begins', { expiresAtMs: START_MS }],
    ['that ends after the payment window', { expiresAtMs: START_MS + windowMs + 1 }],
  ])('refuses a payment %s', (_, operation) => {
    const ledger = startLedger()
    expectRefusal(() => ledger.write(ann, annPays(ledger, operation)), 'bad-entry')
  })
})

describe('claim', () => {
  it('gives the payee what came from credit as credit and the rest as free tokens', () => {
    const ledger = startLedger()
    const payment = ledger.pay(ann, bob, ten)
    ledger.claim(bob, [{ payment, payer: ann }])
    expect(ledger.state(bob)).toMatchObject({ balance: 0n, credit: ten })
    expect(ledger.payment(payment.hash)?.state).toBe('claimed')

    const mixed = { ...ledger.pay(ann, cat, ten), fromCredit: parseTokens('4') }
    const entry = claimEntry(ledger.state(cat), genesis, [mixed], [signAck(ann, mixed.hash)], START_MS)
    expect(entry).toMatchObject({ balance: parseTokens('6'), credit: parseTokens('4') })
  })

  it('takes many payments of several payers at once', () => {
    const ledger = startLedger()
    ledger.fund(testIdentity(9))
    const payers = [ann, testIdentity(9), ann]
    const sources = payers.map((payer) => ({ payer, payment: ledger.pay(payer, bob, ten) }))
    ledger.claim(bob, sources)
    expect(ledger.state(bob).credit).toBe(parseTokens('30'))
  })

  it('refuses a payment that is not known, that is claimed already, or that was taken back', () => {
    const ledger = startLedger()
    const payment = ledger.pay(ann, bob, ten)
    const claim = (source: Payment) => {
      const entry = claimEntry(ledger.state(bob), genesis, [source], [signAck(ann, source.hash)], START_MS)
      return ledger.write(bob, entry)
    }
    expectRefusal(() => claim(pretend(payment, { hash: unknownPayment })), 'not-found')
    claim(payment)
    expectRefusal(() => claim(pretend(payment)), 'already-claimed')
    const late = ledger.pay(ann, bob, ten)
    ledger.reclaim(ann, late, START_MS + windowMs)
    expectRefusal(() => claim(pretend(late)), 'expired')
  })

  it("refuses somebody else's payment", () => {
    const ledger = startLedger()
    const payment = ledger.pay(ann, bob, ten)
    const pretended = pretend(payment, { payee: cat.account })
    const entry = claimEntry(ledger.state(cat), genesis, [pretended], [signAck(ann, payment.hash)], START_MS)
    expectRefusal(() => ledger.write(cat, entry), 'bad-entry')
  })

  it('refuses a payment from its end on', () => {
    const ledger = startLedger()
    const payment = ledger.pay(ann, bob, ten)
    const endMs = START_MS + windowMs
    expectRefusal(() => ledger.claim(bob, [{ payment, payer: ann }], endMs), 'expired')
    ledger.claim(bob, [{ payment, payer: ann }], endMs - 1)
    expect(ledger.state(bob).credit).toBe(ten)
  })

  it('refuses a voucher that the payer did not sign, so that nobody is charged for what did not arrive', () => {
    const ledger = startLedger()
    const payment = ledger.pay(ann, bob, ten)
    const other = ledger.pay(ann, bob, ten)
    expectRefusal(() => ledger.claim(bob, [{ payment, payer: bob }]), 'bad-signature')
    const wrongVoucher = () =>
      claimEntry(ledger.state(bob), genesis, [payment], [signAck(ann, other.hash)], START_MS)
    expectRefusal(wrongVoucher, 'bad-signature')
  })

  it('refuses no source, one source twice, a missing voucher and a wrong sum', () => {
    const ledger = startLedger()
    const payment = ledger.pay(ann, bob, ten)
    const voucher = signAck(ann, payment.hash)
    const build = (sources: Payment[], vouchers: Uint8Array[]) => () =>
      claimEntry(ledger.state(bob), genesis, sources, vouchers, START_MS)
    expectRefusal(build([], []), 'bad-entry')
    expectRefusal(build([payment, payment], [voucher, voucher]), 'bad-entry')
    expectRefusal(build([payment], []), 'bad-entry')
    const exact = build([payment], [voucher])()
    const operation = { ...exact.operation, amount: toMicroTokens(ten + 1n) }
    expectRefusal(() => ledger.write(bob, { ...exact, operation }), 'bad-entry')
  })
})

describe('reclaim', () => {
  it('restores credit and free tokens as they were drawn, once the payment has ended', () => {
    const ledger = startLedger()
    const payment = ledger.pay(ann, bob, ten)
    ledger.reclaim(ann, payment, START_MS + windowMs)
    expect(ledger.state(ann)).toMatchObject({ balance: 0n, credit: parseTokens('1000') })
    expect(ledger.payment(payment.hash)?.state).toBe('reclaimed')
  })

  it('has to wait for the end of the payment', () => {
    const ledger = startLedger()
    const payment = ledger.pay(ann, bob, ten)
    expectRefusal(() => ledger.reclaim(ann, payment, START_MS + windowMs - 1), 'not-ready')
  })

  it('is for the payer only, and not for what is claimed or taken back already', () => {
    const ledger = startLedger()
    const payment = ledger.pay(ann, bob, ten)
    const endMs = START_MS + windowMs
    const byBob = reclaimEntry(ledger.state(bob), genesis, pretend(payment, { payer: bob.account }), endMs)
    expectRefusal(() => ledger.write(bob, byBob), 'bad-entry')
    ledger.claim(bob, [{ payment, payer: ann }])
    expectRefusal(() => ledger.reclaim(ann, pretend(payment), endMs), 'already-claimed')
    const other = ledger.pay(ann, bob, ten)
    ledger.reclaim(ann, other, endMs)
    expectRefusal(() => ledger.reclaim(ann, pretend(other), endMs), 'expired')
    expectRefusal(() => ledger.reclaim(ann, pretend(other, { hash: unknownPayment }), endMs), 'not-found')
  })
})

describe('collect', () => {
  it('puts a grant into credit, which mints it', () => {
    const ledger = startLedger()
    expect(ledger.state(ann)).toMatchObject({ balance: 0n, credit: parseTokens('1000'), grants: ['starter'] })
    expect(ledger.minted()).toBe(parseTokens('1000'))
  })

  it('takes the starter grant once an account, whatever else is signed', () => {
    const ledger = startLedger()
    const other = starterGrant(ann.account, { amount: ten })
    expectRefusal(() => collectEntry(ledger.state(ann), genesis, other, START_MS), 'already-granted')
  })

  it('refuses a grant for another account, of another network, or not signed by an authority', () => {
    const ledger = startLedger()
    const collect = (grant: Uint8Array) => () => collectEntry(ledger.state(bob), genesis, grant, START_MS)
    expectRefusal(collect(starterGrant(cat.account)), 'bad-entry')
    expectRefusal(
      collect(starterGrant(bob.account, { network: { ...genesis, name: 'another' } })),
      'bad-certificate',
    )
    expectRefusal(collect(starterGrant(bob.account, { signers: [[0, bob]] })), 'bad-certificate')
    expectRefusal(collect(starterGrant(bob.account, { signers: [[1, authority]] })), 'bad-certificate')
    expectRefusal(collect(starterGrant(bob.account, { signers: [] })), 'bad-certificate')
    expectRefusal(collect(new Uint8Array([0x80])), 'bad-encoding')
  })
})

describe('builders', () => {
  it('never date an entry before the one it follows, even when the clock was set back', () => {
    const ledger = startLedger()
    ledger.pay(ann, bob, ten, START_MS + 5_000)
    const payment = { to: bob.account, amount: ten, invoice, expiresAtMs: START_MS + 6_000 }
    expect(payEntry(ledger.state(ann), genesis, payment, START_MS).timestampMs).toBe(START_MS + 5_000)
  })
})
