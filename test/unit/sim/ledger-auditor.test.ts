import { beforeEach, describe, expect, it } from 'vitest'
import { createLedgerAuditor, type LedgerAuditor } from '../../../sim/ledger-auditor.ts'
import { createMemoVerifier } from '../../../sim/memo-verifier.ts'
import type { Identity } from '../../../src/domain/identity/identity.ts'
import { parseTokens } from '../../../src/domain/kernel/micro-tokens.ts'
import { createCertificate, signVote } from '../../../src/domain/ledger/certificate.ts'
import {
  claimEntry,
  collectEntry,
  openEntry,
  reserveEntry,
} from '../../../src/domain/ledger/entry-builders.ts'
import { signEntry } from '../../../src/domain/ledger/entry-codec.ts'
import type { Entry, SignedEntry } from '../../../src/domain/ledger/entry.ts'
import { slotOf } from '../../../src/domain/ledger/fork-proof.ts'
import {
  ann,
  authority,
  bob,
  cat,
  createTestLedger,
  genesis,
  START_MS,
  starterGrant,
  testIdentity,
  voucherFor,
  type TestLedger,
} from '../../support/ledger.ts'

const dan = testIdentity(4)

describe('the auditor of a simulation', () => {
  let auditor: LedgerAuditor
  let ledger: TestLedger
  let violations: string[]

  function record(signed: SignedEntry, voter: Identity = authority): void {
    auditor.recordCertified(signed, createCertificate(signed, [signVote(voter, 0, signed)]))
  }

  function write(identity: Identity, entry: Entry): SignedEntry {
    const signed = ledger.write(identity, entry)
    record(signed)
    return signed
  }

  const at = () => ledger.at()
  const open = (identity: Identity, atMs = START_MS) => openEntry(identity.account, ledger.at(atMs), ledger)

  beforeEach(() => {
    violations = []
    auditor = createLedgerAuditor(genesis, createMemoVerifier(), {
      onViolation: (text) => violations.push(text),
    })
    ledger = createTestLedger()
    for (const identity of [ann, bob]) write(identity, open(identity))
    write(ann, collectEntry(ledger.state(ann), starterGrant(ann.account), at(), ledger))
  })

  function reserve() {
    const terms = {
      to: bob.account,
      cap: parseTokens('5'),
      expiresAtMs: START_MS + genesis.paymentWindowMs,
    }
    const { hash } = write(ann, reserveEntry(ledger.state(ann), terms, at(), ledger))
    const payment = ledger.payment(hash)
    if (payment === undefined) throw new Error('The entry made no reserve')
    return payment
  }

  it('has nothing to say against a reserve that was vouched for and claimed', () => {
    const payment = reserve()
    const voucher = voucherFor({ payment, payer: ann, amount: parseTokens('2') })
    write(bob, claimEntry(ledger.state(bob), [{ payment, voucher }], at(), ledger))
    expect(violations).toEqual([])
    expect(auditor.payments.get(payment.hash)).toMatchObject({ state: 'claimed', claimed: parseTokens('2') })
    expect(auditor.beyondCheckpoint).toBe(auditor.entries)
  })

  it('notices a claim with a voucher that the payer did not sign', () => {
    const payment = reserve()
    const voucher = voucherFor({ payment, payer: bob, amount: parseTokens('2') })
    record(signEntry(bob, claimEntry(ledger.state(bob), [{ payment, voucher }], at(), ledger)))
    expect(violations).toEqual([expect.stringContaining('wrong signature')])
  })

  it('notices two certified entries at one place', () => {
    const first = auditor.certifiedAt(slotOf({ account: ann.account, seq: 0 }))
    record(signEntry(ann, open(ann, START_MS + 1)))
    expect(violations).toEqual([expect.stringContaining('two entries are certified')])
    expect(auditor.certifiedAt(slotOf({ account: ann.account, seq: 0 }))).toBe(first)
  })

  it('notices an entry that breaks a rule, and one that no authority certified', () => {
    record(signEntry(cat, { ...open(cat), balance: parseTokens('1') }))
    record(signEntry(dan, open(dan)), ann)
    expect(violations).toHaveLength(2)
  })

  it('gives the same digest for the same entries in the same order only', () => {
    const before = auditor.digest()
    expect(auditor.digest()).toBe(before)
    write(cat, open(cat))
    expect(auditor.digest()).not.toBe(before)
  })
})
