import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Account } from '../../../../src/domain/identity/account.ts'
import { bytesEqual } from '../../../../src/domain/kernel/bytes.ts'
import { parseTokens, toMicroTokens } from '../../../../src/domain/kernel/micro-tokens.ts'
import { signAck } from '../../../../src/domain/ledger/ack.ts'
import { claimEntry, payEntry, reclaimEntry } from '../../../../src/domain/ledger/entry-builders.ts'
import type { SignedEntry } from '../../../../src/domain/ledger/entry.ts'
import {
  ann,
  bob,
  cat,
  codeOf,
  createTestLedger,
  expectRefusal,
  genesis,
  START_MS,
  type TestLedger,
} from '../../../support/ledger.ts'

const people = [ann, bob, cat] as const
const windowMs = genesis.paymentWindowMs

/** An attempt of somebody's at some time; it need not be allowed. */
interface Step {
  readonly type: 'pay' | 'claim' | 'reclaim'
  readonly who: (typeof people)[number]
  readonly whom: (typeof people)[number]
  readonly amount: number
  readonly passedMs: number
  /** Chooses among the payments made so far. */
  readonly pick: number
  /** Whether the one who may does it. */
  readonly rightful: boolean
}

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.record({
    type: fc.constantFrom('pay', 'claim', 'reclaim'),
    who: fc.constantFrom(...people),
    whom: fc.constantFrom(...people),
    amount: fc.integer({ min: 0, max: 400_000_000 }),
    passedMs: fc.constantFrom(0, 0, 1, Math.floor(windowMs / 5), Math.floor(windowMs / 2)),
    pick: fc.nat(1_000),
    rightful: fc.boolean(),
  }),
  { minLength: 20, maxLength: 40 },
)

/** Attempts a step; the entry if it was allowed. */
function attempt(ledger: TestLedger, step: Step, atMs: number): SignedEntry | undefined {
  const { type, whom, amount, pick, rightful } = step
  const payments = [...ledger.payments.values()]
  const picked = payments[pick % Math.max(1, payments.length)]
  let signed: SignedEntry | undefined
  codeOf(() => {
    if (type === 'pay') {
      const terms = { to: whom.account, invoice: new Uint8Array(32), expiresAtMs: atMs + windowMs }
      const state = ledger.state(step.who)
      signed = ledger.write(
        step.who,
        payEntry(state, genesis, { ...terms, amount: toMicroTokens(amount) }, atMs),
      )
    } else if (picked !== undefined) {
      const payer = ownerOf(picked.payer)
      const who = rightful ? ownerOf(type === 'claim' ? picked.payee : picked.payer) : step.who
      const state = ledger.state(who)
      const entry =
        type === 'claim'
          ? claimEntry(state, genesis, [picked], [signAck(payer, picked.hash)], atMs)
          : reclaimEntry(state, genesis, picked, atMs)
      signed = ledger.write(who, entry)
    }
  })
  return signed
}

function ownerOf(account: Account): (typeof people)[number] {
  return people.find((person) => bytesEqual(person.account, account)) ?? ann
}

/** Everything that accounts hold and that is on its way, in µT. */
function tokensIn(ledger: TestLedger): bigint {
  const held = ledger.states().map(({ balance, credit, locked, stake }) => balance + credit + locked + stake)
  const open = [...ledger.payments.values()].filter((payment) => payment.state === 'open')
  return [...held, ...open.map((payment) => payment.amount)].reduce((sum, amount) => sum + amount, 0n)
}

/** Runs a sequence of attempts; gives the entries of those that were allowed. */
function run(ledger: TestLedger, sequence: readonly Step[], afterEach: () => void): SignedEntry[] {
  let nowMs = START_MS
  return sequence.flatMap((step) => {
    nowMs += step.passedMs
    const signed = attempt(ledger, step, nowMs)
    afterEach()
    return signed === undefined ? [] : [signed]
  })
}

describe('any sequence of operations', () => {
  it('conserves what was minted, fills each place once, and cannot be replayed', { timeout: 60_000 }, () => {
    let allowed = 0
    fc.assert(
      fc.property(steps, (sequence) => {
        const ledger = createTestLedger()
        for (const person of people) {
          ledger.fund(person, parseTokens('300'))
          ledger.endow(person, parseTokens('300'))
        }
        const entries = run(ledger, sequence, () => expect(tokensIn(ledger)).toBe(ledger.minted()))
        allowed += entries.length
        const places = entries.map(({ entry }) => `${entry.account.join()} ${entry.seq}`)
        expect(new Set(places).size).toBe(places.length)
        for (const signed of entries) expectRefusal(() => ledger.apply(signed), 'conflicting-entry')
        expect(tokensIn(ledger)).toBe(ledger.minted())
      }),
      { numRuns: 25 },
    )
    expect(allowed).toBeGreaterThan(100)
  })

  it('never turns spend-only credit into free tokens', { timeout: 60_000 }, () => {
    fc.assert(
      fc.property(steps, (sequence) => {
        const ledger = createTestLedger()
        for (const person of people) ledger.fund(person)
        run(ledger, sequence, () => undefined)
        expect(ledger.states().every((state) => state.balance === 0n)).toBe(true)
      }),
      { numRuns: 10 },
    )
  })
})
