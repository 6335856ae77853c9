import { describe, expect, it } from 'vitest'
import { parseTokens, toMicroTokens, ZERO_TOKENS } from '../../../../src/domain/kernel/micro-tokens.ts'
import { applyEntry } from '../../../../src/domain/ledger/apply-entry.ts'
import { payEntry, reserveEntry } from '../../../../src/domain/ledger/entry-builders.ts'
import { signEntry } from '../../../../src/domain/ledger/entry-codec.ts'
import {
  ann,
  bob,
  createTestLedger,
  expectRefusal,
  genesis,
  START_MS,
  type TestLedger,
} from '../../../support/ledger.ts'
import { asVerified } from '../../../support/reference-verifier.ts'

const ten = parseTokens('10')
const invoice = new Uint8Array(32).fill(7)
const endMs = START_MS + genesis.paymentWindowMs

/** A ledger in which Ann has 1000 tokens of credit. */
function startLedger(): TestLedger {
  const ledger = createTestLedger()
  ledger.fund(ann)
  ledger.open(bob)
  return ledger
}

/** Ann's state with these free and spend-only tokens. */
function annWith(ledger: TestLedger, balance: string, credit: string) {
  return { ...ledger.state(ann), balance: parseTokens(balance), credit: parseTokens(credit) }
}

describe('pay', () => {
  const terms = { to: bob.account, amount: ten, invoice, expiresAtMs: endMs }

  it('spends credit before free tokens and makes an open payment', () => {
    const ledger = startLedger()
    const payment = ledger.pay(ann, bob, ten)
    expect(payment).toMatchObject({ kind: 'pay', amount: ten, fromCredit: ten, claimed: 0n, state: 'open' })
    expect(payment.payer).toEqual(ann.account)
    expect(payment.payee).toEqual(bob.account)
    expect(ledger.state(ann)).toMatchObject({ balance: 0n, credit: parseTokens('990'), locked: 0n })
  })

  it('takes the rest from free tokens when the credit is too little', () => {
    const ledger = startLedger()
    const state = annWith(ledger, '5', '7')
    const entry = payEntry(state, terms, ledger.at(), ledger)
    expect(entry).toMatchObject({ balance: parseTokens('2'), credit: 0n })
    expect(entry.operation.fromCredit).toBe(parseTokens('7'))
    const { payments } = applyEntry(state, asVerified(signEntry(ann, entry)), ledger)
    expect(payments).toMatchObject([{ amount: ten, fromCredit: parseTokens('7') }])
  })

  it('refuses to spend more than there is, and says what to do', () => {
    const ledger = startLedger()
    const amount = parseTokens('1000.000001')
    const build = () => payEntry(ledger.state(ann), { ...terms, amount }, ledger.at(), ledger)
    expectRefusal(build, 'insufficient-balance')
    expect(build).toThrow(
      expect.objectContaining({ hint: expect.stringContaining('Share documents') as string }),
    )
  })

  it.each([
    ['to itself', { to: ann.account }],
    ['of nothing', { amount: ZERO_TOKENS, fromCredit: ZERO_TOKENS }],
    ['with too little from credit', { fromCredit: toMicroTokens(1) }],
    ['with more from credit than it is', { fromCredit: toMicroTokens(ten + 1n) }],
    ['that ends when it begins', { expiresAtMs: START_MS }],
    ['that ends after the payment window', { expiresAtMs: endMs + 1 }],
  ])('refuses a payment %s', (_, change) => {
    const ledger = startLedger()
    const exact = payEntry(ledger.state(ann), terms, ledger.at(), ledger)
    const entry = { ...exact, operation: { ...exact.operation, ...change } }
    expectRefusal(() => ledger.write(ann, entry), 'bad-entry')
  })
})

describe('reserve', () => {
  const terms = { to: bob.account, cap: ten, expiresAtMs: endMs }

  it('locks the cap for the payee, from credit first', () => {
    const ledger = startLedger()
    const reserve = ledger.reserve(ann, bob, ten)
    expect(reserve).toMatchObject({
      kind: 'reserve',
      amount: ten,
      fromCredit: ten,
      claimed: 0n,
      state: 'open',
    })
    expect(ledger.state(ann)).toMatchObject({ balance: 0n, credit: parseTokens('990'), locked: ten })
  })

  it('takes the rest from free tokens, and adds to what is locked already', () => {
    const ledger = startLedger()
    const state = { ...annWith(ledger, '5', '7'), locked: parseTokens('3') }
    const entry = reserveEntry(state, terms, ledger.at(), ledger)
    expect(entry).toMatchObject({ balance: parseTokens('2'), credit: 0n, locked: parseTokens('13') })
    expect(entry.operation.fromCredit).toBe(parseTokens('7'))
  })

  it('does not let locked tokens be spent again', () => {
    const ledger = startLedger()
    ledger.reserve(ann, bob, parseTokens('995'))
    expectRefusal(() => ledger.reserve(ann, bob, ten), 'insufficient-balance')
    expectRefusal(() => ledger.pay(ann, bob, ten), 'insufficient-balance')
  })

  it.each([
    ['for itself', { to: ann.account }],
    ['of nothing', { cap: ZERO_TOKENS, fromCredit: ZERO_TOKENS }],
    ['with too little from credit', { fromCredit: ZERO_TOKENS }],
    ['that ends when it begins', { expiresAtMs: START_MS }],
    ['that ends after the payment window', { expiresAtMs: endMs + 1 }],
  ])('refuses a reserve %s', (_, change) => {
    const ledger = startLedger()
    const exact = reserveEntry(ledger.state(ann), terms, ledger.at(), ledger)
    const entry = { ...exact, operation: { ...exact.operation, ...change } }
    expectRefusal(() => ledger.write(ann, entry), 'bad-entry')
  })

  it('refuses an entry that does not lock what it takes', () => {
    const ledger = startLedger()
    const exact = reserveEntry(ledger.state(ann), terms, ledger.at(), ledger)
    expectRefusal(() => ledger.write(ann, { ...exact, locked: ZERO_TOKENS }), 'bad-entry')
    expectRefusal(() => ledger.write(ann, { ...exact, credit: parseTokens('1000') }), 'bad-entry')
  })
})
