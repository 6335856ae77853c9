import { describe, expect, it } from 'vitest'
import { parseTokens } from '../../../../src/domain/kernel/micro-tokens.ts'
import { openEntry, payEntry } from '../../../../src/domain/ledger/entry-builders.ts'
import { MAX_CHECKPOINT_AGE_MS } from '../../../../src/domain/ledger/entry.ts'
import {
  ann,
  bob,
  createTestLedger,
  expectRefusal,
  START_MS,
  type TestLedger,
} from '../../../support/ledger.ts'

const terms = {
  to: bob.account,
  amount: parseTokens('10'),
  invoice: new Uint8Array(32).fill(7),
  expiresAtMs: START_MS + 60_000,
}

function startLedger(): TestLedger {
  const ledger = createTestLedger()
  ledger.fund(ann)
  return ledger
}

describe('builders', () => {
  it('never date an entry before the one it follows, even when the clock was set back', () => {
    const ledger = startLedger()
    ledger.pay(ann, bob, terms.amount, START_MS + 5_000)
    const { timestampMs } = payEntry(ledger.state(ann), terms, ledger.at(START_MS), ledger)
    expect(timestampMs).toBe(START_MS + 5_000)
  })

  it('never date an entry before the checkpoint that it names, even when the clock is behind', () => {
    const ledger = startLedger()
    ledger.addCheckpoint(START_MS + 30_000)
    expect(payEntry(ledger.state(ann), terms, ledger.at(START_MS), ledger).timestampMs).toBe(
      START_MS + 30_000,
    )
  })

  it('never name an older checkpoint than the entry before', () => {
    const ledger = startLedger()
    ledger.addCheckpoint(START_MS + 30_000)
    ledger.write(ann, payEntry(ledger.state(ann), terms, ledger.at(), ledger))
    const next = payEntry(ledger.state(ann), terms, { timestampMs: START_MS, checkpoint: 0 }, ledger)
    expect(next.checkpoint).toBe(1)
  })

  it('wait when no checkpoint of the last day is known', () => {
    const ledger = startLedger()
    const late = START_MS + MAX_CHECKPOINT_AGE_MS
    const build = (timestampMs: number, checkpoint: number) => () =>
      openEntry(bob.account, { timestampMs, checkpoint }, ledger)
    expectRefusal(build(late + 1, 0), 'not-ready')
    expectRefusal(build(START_MS, 1), 'not-ready')
    expect(build(late, 0)().timestampMs).toBe(late)
  })

  it('build nothing on a frozen account', () => {
    const ledger = startLedger()
    const frozen = { ...ledger.state(ann), frozen: true }
    expectRefusal(() => payEntry(frozen, terms, ledger.at(), ledger), 'account-frozen')
  })
})
