import fc from 'fast-check'
import type { Account } from '../../../../src/domain/identity/account.ts'
import type { Identity } from '../../../../src/domain/identity/identity.ts'
import { bytesEqual } from '../../../../src/domain/kernel/bytes.ts'
import {
  MAX_MICRO_TOKENS,
  toMicroTokens,
  type MicroTokens,
} from '../../../../src/domain/kernel/micro-tokens.ts'
import type { AccountState, Payment } from '../../../../src/domain/ledger/account-state.ts'
import type { LedgerLookup } from '../../../../src/domain/ledger/effect.ts'
import {
  claimEntry,
  payEntry,
  reclaimEntry,
  releaseEntry,
  reserveEntry,
} from '../../../../src/domain/ledger/entry-builders.ts'
import type { Entry, EntryHash, Voucher } from '../../../../src/domain/ledger/entry.ts'
import { signAck, signVoucher } from '../../../../src/domain/ledger/voucher.ts'
import { ann, bob, cat, codeOf, genesis, type TestLedger } from '../../../support/ledger.ts'

/** Those who trade, by name, so that a counterexample can be read. */
const byName = { ann, bob, cat } as const
type Name = keyof typeof byName
export const people = Object.values(byName)

/** How somebody who is not honest goes about it. */
const deceits = [
  'none',
  'none',
  'none',
  /** Takes what is somebody else's. */
  'thief',
  /** Pretends that a payment is still open, or has lapsed, and unclaimed. */
  'pretender',
  /** Signs the vouchers itself. */
  'forger',
  /** Vouches for the largest amount that there is. */
  'boaster',
  /** Writes a larger or smaller amount than it has or gets. */
  'tamperer',
] as const

/** An attempt of somebody's at some time; it need not be allowed. */
export interface Step {
  readonly type: 'pay' | 'reserve' | 'claim' | 'reclaim' | 'release' | 'lapse'
  readonly who: Name
  readonly whom: Name
  readonly amount: number
  readonly passedMs: number
  /** Chooses among the payments made so far. */
  readonly pick: number
  /** Claims this many payments at once. */
  readonly batch: number
  readonly deceit: (typeof deceits)[number]
  /** Which amount a tamperer changes, and by how much. */
  readonly field: number
  readonly delta: bigint
}

/** Sequences of attempts. */
export function steps(): fc.Arbitrary<Step[]> {
  return fc.array(
    fc.record({
      type: fc.constantFrom(
        ...(['pay', 'pay', 'reserve', 'reserve', 'claim', 'claim', 'claim'] as const),
        ...(['reclaim', 'reclaim', 'release', 'release', 'lapse', 'lapse'] as const),
      ),
      who: fc.constantFrom<Name>('ann', 'bob', 'cat'),
      whom: fc.constantFrom<Name>('ann', 'bob', 'cat'),
      amount: fc.integer({ min: 0, max: 150_000_000 }),
      passedMs: fc.constantFrom(0, 0, 0, 0, 1, 30_000, 30_000, 40_000_000),
      pick: fc.nat(1_000),
      batch: fc.integer({ min: 1, max: 3 }),
      deceit: fc.constantFrom(...deceits),
      field: fc.nat(1_000),
      delta: fc.constantFrom(1n, -1n, 1_000_000n, -1_000_000n),
    }),
    { minLength: 30, maxLength: 60 },
  )
}

/** An entry that somebody wants the ledger to take. */
export interface Attempt {
  readonly who: Identity
  readonly entry: Entry
  /** Whether it was made as the rules say, from what the ledger says. */
  readonly isHonest: boolean
}

/** The entry of a step, made by the domain's own builders; undefined for one that they refuse. */
export function attemptOf(ledger: TestLedger, step: Step, atMs: number): Attempt | undefined {
  const { type, pick, deceit } = step
  const who = byName[step.who]
  const at = ledger.at(atMs)
  const terms = { to: byName[step.whom].account, expiresAtMs: atMs + genesis.paymentWindowMs }
  const amount = toMicroTokens(step.amount)
  const picked = pickPayment(ledger, type, pick, deceit)
  const lookup = deceit === 'pretender' ? pretend(ledger, type) : ledger
  const built = (writer: Identity, build: (state: AccountState) => Entry): Attempt | undefined => {
    let entry: Entry | undefined
    codeOf(() => (entry = build(ledger.state(writer))))
    return entry && { who: writer, entry, isHonest: deceit !== 'pretender' && deceit !== 'forger' }
  }
  if (type === 'pay') {
    const invoice = new Uint8Array(32).fill(step.field)
    return built(who, (state) => payEntry(state, { ...terms, amount, invoice }, at, lookup))
  }
  if (type === 'reserve') {
    return built(who, (state) => reserveEntry(state, { ...terms, cap: amount }, at, lookup))
  }
  if (picked === undefined) return undefined
  const payer = ownerOf(picked.payer)
  const payee = ownerOf(picked.payee)
  switch (type) {
    case 'claim': {
      const claims = claimsOf(ledger, step, payee, picked)
      return built(deceit === 'thief' ? who : payee, (state) => claimEntry(state, claims, at, lookup))
    }
    case 'reclaim':
      return built(deceit === 'thief' ? who : payer, (state) => reclaimEntry(state, picked, at, lookup))
    case 'release': {
      const pretended = lookup.payment(picked.hash) ?? picked
      return built(deceit === 'thief' ? who : payer, (state) => releaseEntry(state, pretended, at, lookup))
    }
    case 'lapse':
      if (picked.state === 'open') ledger.lapse(picked)
      return undefined
  }
}

/** The entry with another amount than is right; undefined for somebody who doesn't do that. */
export function tamper(entry: Entry, { deceit, field, delta }: Step): Entry | undefined {
  if (deceit !== 'tamperer') return undefined
  const changed = (value: MicroTokens): MicroTokens =>
    toMicroTokens(value + delta < 0n ? value + 1n : value + delta)
  const { operation } = entry
  const fields = ['balance', 'credit', 'locked', 'stake', 'operation'] as const
  const name = fields[field % fields.length] ?? 'balance'
  if (name !== 'operation') return { ...entry, [name]: changed(entry[name]) }
  switch (operation.type) {
    case 'pay':
    case 'claim':
    case 'release':
      return { ...entry, operation: { ...operation, amount: changed(operation.amount) } }
    case 'reserve':
      return { ...entry, operation: { ...operation, cap: changed(operation.cap) } }
    case 'open':
    case 'reclaim':
    case 'collect':
      return { ...entry, credit: changed(entry.credit) }
  }
}

/** Everything there is, in µT: in accounts, on its way, and in the pool, without what payees drew from locked tokens. */
export function tokensIn(ledger: TestLedger): bigint {
  const payments = [...ledger.payments.values()]
  const pending = payments
    .filter(({ kind, state }) => kind === 'pay' && (state === 'open' || state === 'lapsed'))
    .map(({ amount }) => amount)
  const drawn = payments
    .filter(({ kind, state }) => kind === 'reserve' && state === 'claimed')
    .map(({ claimed }) => 0n - claimed)
  const held = ledger.states().flatMap(amountsOf)
  return [...held, ...pending, ...drawn].reduce((sum, amount) => sum + amount, ledger.pool())
}

/** The amounts of an account. */
export function amountsOf({ balance, credit, locked, stake }: AccountState): readonly bigint[] {
  return [balance, credit, locked, stake]
}

function pickPayment(
  ledger: TestLedger,
  type: Step['type'],
  pick: number,
  deceit: Step['deceit'],
): Payment | undefined {
  const wanted = [...ledger.payments.values()].filter(({ kind, state }) => {
    if (type === 'reclaim' && kind !== 'pay') return false
    if (type === 'release' && kind !== 'reserve') return false
    return deceit !== 'none' || (type === 'claim' || type === 'lapse') === (state === 'open')
  })
  return wanted[pick % Math.max(1, wanted.length)]
}

/** Several payments for one payee, with vouchers as honest as the step is. */
function claimsOf(
  ledger: TestLedger,
  { batch, deceit, amount }: Step,
  payee: Identity,
  first: Payment,
): readonly { readonly payment: Payment; readonly voucher: Voucher }[] {
  const others = [...ledger.payments.values()].filter(
    (payment) => payment !== first && payment.state === 'open' && bytesEqual(payment.payee, payee.account),
  )
  return [first, ...others.slice(0, batch - 1)].map((payment) => {
    const signer = deceit === 'forger' ? payee : ownerOf(payment.payer)
    const part = toMicroTokens((payment.amount * BigInt(amount % 1_000)) / 999n)
    const owed = deceit === 'boaster' ? MAX_MICRO_TOKENS : part
    return {
      payment,
      voucher:
        payment.kind === 'pay' ? signAck(signer, payment.hash) : signVoucher(signer, payment.hash, owed),
    }
  })
}

/** The ledger as somebody would like it to be: nothing is settled, and what is his to take back has lapsed. */
function pretend(ledger: TestLedger, type: Step['type']): LedgerLookup {
  const state = type === 'claim' ? 'open' : 'lapsed'
  return {
    ...ledger,
    payment(hash: EntryHash) {
      const payment = ledger.payment(hash)
      return payment && { ...payment, claimed: toMicroTokens(0n), state }
    },
  }
}

/** Whose account it is. */
export function ownerOf(account: Account): Identity {
  return people.find((person) => bytesEqual(person.account, account)) ?? ann
}
