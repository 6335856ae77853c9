import { describe, expect, it } from 'vitest'
import { parseTokens, toMicroTokens } from '../../../../src/domain/kernel/micro-tokens.ts'
import { applyEntry } from '../../../../src/domain/ledger/apply-entry.ts'
import { openEntry, payEntry } from '../../../../src/domain/ledger/entry-builders.ts'
import { signEntry } from '../../../../src/domain/ledger/entry-codec.ts'
import { MAX_CHECKPOINT_AGE_MS, type Entry, type EntryHash } from '../../../../src/domain/ledger/entry.ts'
import {
  ann,
  bob,
  cat,
  createTestLedger,
  expectRefusal,
  START_MS,
  testIdentity,
  type TestLedger,
} from '../../../support/ledger.ts'
import { asVerified } from '../../../support/reference-verifier.ts'

const ten = parseTokens('10')
const invoice = new Uint8Array(32).fill(7)

/** A ledger in which Ann has 1000 tokens of credit and Bob and Cat have nothing. */
function startLedger(): TestLedger {
  const ledger = createTestLedger()
  ledger.fund(ann)
  ledger.open(bob)
  ledger.open(cat)
  return ledger
}

/** A valid payment of Ann's as entry, with changes that make it invalid. */
function annPays(ledger: TestLedger, changes: Partial<Entry> = {}, to = bob): Entry {
  const terms = { to: to.account, amount: ten, invoice, expiresAtMs: START_MS + 60_000 }
  return { ...payEntry(ledger.state(ann), terms, ledger.at(), ledger), ...changes }
}

describe('the place of an entry in its chain', () => {
  it('starts an account with nothing', () => {
    const ledger = createTestLedger()
    ledger.open(ann)
    const nothing = { balance: 0n, credit: 0n, locked: 0n, stake: 0n, grants: [] }
    expect(ledger.state(ann)).toMatchObject({ seq: 0, ...nothing })
  })

  it('asks for the entries before one that is ahead of the known chain', () => {
    const ledger = startLedger()
    expectRefusal(() => ledger.write(ann, annPays(ledger, { seq: 5 })), 'unknown-parent')
    const stranger = testIdentity(9)
    expectRefusal(
      () => ledger.write(stranger, annPays(ledger, { account: stranger.account })),
      'unknown-parent',
    )
  })

  it('refuses a second entry at one place, and one that follows another entry than the head', () => {
    const ledger = startLedger()
    const first = signEntry(ann, annPays(ledger))
    const second = signEntry(ann, annPays(ledger, {}, cat))
    const prev = 'ab'.repeat(32) as EntryHash
    ledger.apply(first)
    expectRefusal(() => ledger.apply(second), 'conflicting-entry')
    expectRefusal(() => ledger.apply(first), 'conflicting-entry')
    expectRefusal(() => ledger.write(ann, annPays(ledger, { prev })), 'conflicting-entry')
    expectRefusal(() => ledger.write(ann, openEntry(ann.account, ledger.at(), ledger)), 'conflicting-entry')
  })

  it('refuses an entry dated before the one it follows', () => {
    const ledger = startLedger()
    ledger.pay(ann, bob, ten, START_MS + 5)
    expectRefusal(() => ledger.write(ann, annPays(ledger, { timestampMs: START_MS + 4 })), 'bad-entry')
  })

  it('refuses every entry of a frozen account', () => {
    const ledger = startLedger()
    const signed = asVerified(signEntry(ann, annPays(ledger)))
    const frozen = { ...ledger.state(ann), frozen: true }
    expectRefusal(() => applyEntry(frozen, signed, ledger), 'account-frozen')
  })

  it('refuses an entry of another account than the state is of', () => {
    const ledger = startLedger()
    const signed = asVerified(signEntry(ann, annPays(ledger)))
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

describe('the checkpoint that an entry names', () => {
  it('becomes the one of the account', () => {
    const ledger = startLedger()
    const checkpoint = ledger.addCheckpoint(START_MS + 30_000)
    ledger.write(ann, annPays(ledger))
    expect(ledger.state(ann)).toMatchObject({ checkpoint, timestampMs: START_MS + 30_000 })
  })

  it('has to be known', () => {
    const ledger = startLedger()
    expectRefusal(() => ledger.write(ann, annPays(ledger, { checkpoint: 1 })), 'not-found')
  })

  it('is never older than the one that the entry before names', () => {
    const ledger = startLedger()
    ledger.addCheckpoint(START_MS + 30_000)
    ledger.write(ann, annPays(ledger))
    expectRefusal(() => ledger.write(ann, annPays(ledger, { checkpoint: 0 })), 'bad-entry')
  })

  it('is at most a day older than the entry', () => {
    const ledger = startLedger()
    const latest = START_MS + MAX_CHECKPOINT_AGE_MS
    const pay = (timestampMs: number) => {
      const exact = annPays(ledger, { timestampMs })
      const operation = { ...exact.operation, expiresAtMs: timestampMs + 1 }
      return ledger.write(ann, { ...exact, operation })
    }
    expectRefusal(() => pay(latest + 1), 'bad-entry')
    expect(pay(latest).entry.timestampMs).toBe(latest)
  })

  it('is never newer than the entry, so that nobody moves old tokens past their decay', () => {
    const ledger = createTestLedger()
    ledger.open(ann)
    ledger.endow(ann, parseTokens('100000'))
    ledger.addCheckpoint(START_MS + 365 * 86_400_000)
    // A year later Ann pays a new account of hers, as if it were still the first day.
    const heir = testIdentity(9)
    const terms = { to: heir.account, amount: parseTokens('100000'), invoice, expiresAtMs: START_MS + 1 }
    const firstDay = { timestampMs: START_MS, checkpoint: 0 }
    ledger.write(ann, payEntry(ledger.state(ann), terms, firstDay, ledger))
    // Were the heir's claim dated that day too, but with the newest checkpoint, the tokens would have skipped the year.
    const opened = openEntry(heir.account, ledger.at(), ledger)
    expectRefusal(() => ledger.write(heir, { ...opened, timestampMs: START_MS }), 'bad-entry')
  })
})

describe('facts of checkpoints', () => {
  it('are applied before the operation, which can spend what is left only', () => {
    const ledger = createTestLedger()
    ledger.open(ann)
    ledger.endow(ann, parseTokens('1300'))
    ledger.addCheckpoint(START_MS + 86_400_000)
    const moment = { timestampMs: START_MS + 86_400_000, checkpoint: 1 }
    const pay = (amount: bigint) =>
      payEntry(
        ledger.state(ann),
        {
          to: bob.account,
          amount: toMicroTokens(amount),
          invoice,
          expiresAtMs: moment.timestampMs + 1,
        },
        moment,
        ledger,
      )
    // 288 millionths of the 1000 tokens that are not exempt.
    expectRefusal(() => pay(1_300_000_000n - 288_000n + 1n), 'insufficient-balance')
    ledger.write(ann, pay(1_300_000_000n - 288_000n))
    expect(ledger.state(ann).balance).toBe(0n)
    expect(ledger.pool()).toBe(288_000n)
  })
})
