import fc from 'fast-check'
import { expect, it } from 'vitest'
import { bytesToHexText } from '../../../../src/domain/kernel/bytes.ts'
import { parseTokens } from '../../../../src/domain/kernel/micro-tokens.ts'
import { signEntry } from '../../../../src/domain/ledger/entry-codec.ts'
import type { EntryHash, SignedEntry } from '../../../../src/domain/ledger/entry.ts'
import { codeOf, createTestLedger, genesis, START_MS, type TestLedger } from '../../../support/ledger.ts'
import { attemptOf, people, steps, type Step } from './ledger-steps.ts'

/** What happened to a ledger: entries that became final, and payments that a checkpoint declared lapsed. */
type Event = SignedEntry | { readonly lapsed: EntryHash }

function startLedger(checkpointTimes: readonly number[] = []): TestLedger {
  const ledger = createTestLedger()
  for (const person of people) {
    ledger.fund(person, parseTokens('300'))
    ledger.endow(person, parseTokens('600'))
  }
  for (const timeMs of checkpointTimes) ledger.addCheckpoint(timeMs)
  return ledger
}

/** Lets everybody act honestly; gives the ledger, what happened to it, and when its checkpoints were. */
function live(sequence: readonly Step[]) {
  const ledger = startLedger()
  const events: Event[] = []
  const checkpointTimes: number[] = []
  const observed: TestLedger = {
    ...ledger,
    lapse(payment) {
      events.push({ lapsed: payment.hash })
      return ledger.lapse(payment)
    },
  }
  let nowMs = START_MS
  for (const step of sequence) {
    nowMs += step.passedMs
    if (step.passedMs > genesis.checkpointIntervalMs) {
      checkpointTimes.push(nowMs)
      ledger.addCheckpoint(nowMs)
    }
    const attempt = attemptOf(observed, { ...step, deceit: 'none' }, nowMs)
    if (attempt === undefined) continue
    const signed = signEntry(attempt.who, attempt.entry)
    if (codeOf(() => ledger.apply(signed)) === undefined) events.push(signed)
  }
  return { ledger, events, checkpointTimes }
}

/** Whether an event could be taken in; one whose cause is not known yet has to wait. */
function take(ledger: TestLedger, event: Event): boolean {
  if ('hash' in event) return codeOf(() => ledger.apply(event)) === undefined
  const payment = ledger.payments.get(event.lapsed)
  if (payment?.state === 'open') ledger.lapse(payment)
  return payment !== undefined
}

/** Everything that can be read off a ledger, in one order. */
function summary(ledger: TestLedger) {
  const byText = (a: { readonly name: string }, b: { readonly name: string }) => (a.name < b.name ? -1 : 1)
  return {
    states: ledger
      .states()
      .map((state) => ({ name: bytesToHexText(state.account), state }))
      .sort(byText),
    payments: [...ledger.payments.values()].map((payment) => ({ name: payment.hash, payment })).sort(byText),
    minted: ledger.minted(),
    pool: ledger.pool(),
  }
}

it('what was certified leads to one state, in whatever order and however often it comes', () => {
  let entries = 0
  fc.assert(
    fc.property(steps(), fc.infiniteStream(fc.nat()), (sequence, picks) => {
      const { ledger, events, checkpointTimes } = live(sequence)
      const replayed = startLedger(checkpointTimes)
      const left = [...events]
      let waited = 0
      while (left.length > 0 && waited <= left.length * 50) {
        const at = (picks.next().value ?? 0) % left.length
        const event = left[at]
        if (event === undefined || !take(replayed, event)) {
          waited++
          continue
        }
        waited = 0
        left.splice(at, 1)
        // The same once more changes nothing.
        if ('hash' in event) expect(take(replayed, event)).toBe(false)
      }
      expect(left).toEqual([])
      expect(summary(replayed)).toEqual(summary(ledger))
      entries += events.length
    }),
    { numRuns: 15 },
  )
  expect(entries).toBeGreaterThan(150)
}, 120_000)
