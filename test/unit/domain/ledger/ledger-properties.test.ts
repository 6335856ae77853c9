import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Account } from '../../../../src/domain/identity/account.ts'
import { bytesEqual, bytesToHexText } from '../../../../src/domain/kernel/bytes.ts'
import { parseTokens } from '../../../../src/domain/kernel/micro-tokens.ts'
import { signEntry } from '../../../../src/domain/ledger/entry-codec.ts'
import type { Entry, SignedEntry } from '../../../../src/domain/ledger/entry.ts'
import {
  codeOf,
  createTestLedger,
  expectRefusal,
  genesis,
  START_MS,
  type TestLedger,
} from '../../../support/ledger.ts'
import { amountsOf, attemptOf, ownerOf, people, steps, tamper, tokensIn, type Step } from './ledger-steps.ts'

/** A ledger in which everybody has credit, and free tokens that decay. */
function startLedger(free = '600'): TestLedger {
  const ledger = createTestLedger()
  for (const person of people) {
    ledger.fund(person, parseTokens('300'))
    ledger.endow(person, parseTokens(free))
  }
  return ledger
}

/** What came of a sequence of attempts. */
interface Outcome {
  /** The entries that the ledger took. */
  readonly taken: readonly SignedEntry[]
  /** How many it refused. */
  readonly refused: number
}

/** Runs a sequence of attempts; `check` is called after each. */
function run(ledger: TestLedger, sequence: readonly Step[], check: () => void): Outcome {
  const taken: SignedEntry[] = []
  let refused = 0
  let nowMs = START_MS
  for (const step of sequence) {
    nowMs += step.passedMs
    if (step.passedMs > genesis.checkpointIntervalMs) ledger.addCheckpoint(nowMs)
    const attempt = attemptOf(ledger, step, nowMs)
    if (attempt !== undefined) {
      const tampered = tamper(attempt.entry, step)
      const signed = signEntry(attempt.who, tampered ?? attempt.entry)
      const code = codeOf(() => ledger.apply(signed))
      if (tampered !== undefined) expect(code).toBeDefined()
      else if (attempt.isHonest) expect(code).toBeUndefined()
      if (code === undefined) taken.push(signed)
      else refused++
    }
    check()
  }
  return { taken, refused }
}

function expectConserved(ledger: TestLedger): void {
  expect(tokensIn(ledger)).toBe(ledger.minted())
  for (const state of ledger.states()) {
    expect(amountsOf(state).every((amount) => amount >= 0n)).toBe(true)
    expect(state.locked).toBe(reservedBy(ledger, state.account))
  }
  for (const { claimed, amount, fromCredit } of ledger.payments.values()) {
    expect(claimed >= 0n && claimed <= amount && fromCredit <= amount).toBe(true)
  }
}

/** What an account's reserves hold that are not settled. */
function reservedBy(ledger: TestLedger, account: Account): bigint {
  return [...ledger.payments.values()]
    .filter(({ kind, state }) => kind === 'reserve' && state !== 'returned')
    .filter(({ payer }) => bytesEqual(payer, account))
    .reduce((sum, { amount }) => sum + amount, 0n)
}

/** Spend-only tokens, wherever they are. */
function creditIn(ledger: TestLedger): bigint {
  const held = ledger.states().reduce((sum, { credit }) => sum + credit, 0n)
  return [...ledger.payments.values()].reduce((sum, { kind, state, fromCredit, claimed }) => {
    if (state === 'returned' || (kind === 'pay' && state === 'claimed')) return sum
    const drawn = claimed < fromCredit ? claimed : fromCredit
    return sum + fromCredit - drawn
  }, held)
}

/** Lets everything lapse that is open, and takes back whatever can be taken back. */
function settleAll(ledger: TestLedger): void {
  for (const payment of ledger.payments.values()) {
    if (payment.state === 'open') ledger.lapse(payment)
  }
  for (const payment of [...ledger.payments.values()]) {
    const payer = ownerOf(payment.payer)
    if (payment.kind === 'reserve' && payment.state !== 'returned') ledger.release(payer, payment)
    if (payment.kind === 'pay' && payment.state === 'lapsed') ledger.reclaim(payer, payment)
  }
}

describe('any sequence of operations, by honest clients and by others', { timeout: 120_000 }, () => {
  it('conserves tokens and credit, fills each place once, is never replayed, and leaves nothing stuck', () => {
    const kinds = new Map<Entry['operation']['type'], number>()
    let refusals = 0
    let decayed = 0n
    fc.assert(
      fc.property(steps(), (sequence) => {
        const ledger = startLedger()
        const credit = creditIn(ledger)
        const { taken, refused } = run(ledger, sequence, () => {
          expectConserved(ledger)
          expect(creditIn(ledger)).toBe(credit)
        })
        refusals += refused
        decayed += ledger.pool()
        for (const { entry } of taken) {
          kinds.set(entry.operation.type, (kinds.get(entry.operation.type) ?? 0) + 1)
        }
        const places = taken.map(({ entry }) => `${bytesToHexText(entry.account)} ${entry.seq}`)
        expect(new Set(places).size).toBe(places.length)
        const again = taken[sequence.length % Math.max(1, taken.length)]
        if (again !== undefined) expectRefusal(() => ledger.apply(again), 'conflicting-entry')
        settleAll(ledger)
        expectConserved(ledger)
        const held = ledger.states().flatMap(amountsOf)
        expect(held.reduce((sum, amount) => sum + amount, ledger.pool())).toBe(ledger.minted())
      }),
      { numRuns: 60 },
    )
    // The sequences must have tried everything, or the property would say nothing.
    for (const type of ['pay', 'reserve', 'claim', 'reclaim', 'release'] as const) {
      expect(kinds.get(type) ?? 0).toBeGreaterThan(20)
    }
    expect(refusals).toBeGreaterThan(100)
    expect(decayed).toBeGreaterThan(0n)
  })

  it('never turns spend-only credit into free tokens', () => {
    fc.assert(
      fc.property(steps(), (sequence) => {
        const ledger = startLedger('0')
        run(ledger, sequence, () => {
          expect(ledger.states().every((state) => state.balance === 0n)).toBe(true)
        })
      }),
      { numRuns: 15 },
    )
  })
})
