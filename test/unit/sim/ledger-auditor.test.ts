import { beforeEach, describe, expect, it } from 'vitest'
import { createLedgerAuditor, type LedgerAuditor } from '../../../sim/ledger-auditor.ts'
import type { Identity } from '../../../src/domain/identity/identity.ts'
import { bytesToHexText } from '../../../src/domain/kernel/bytes.ts'
import { parseTokens } from '../../../src/domain/kernel/micro-tokens.ts'
import type { Payment } from '../../../src/domain/ledger/account-state.ts'
import { signAck } from '../../../src/domain/ledger/ack.ts'
import { createCertificate, signVote } from '../../../src/domain/ledger/certificate.ts'
import { claimEntry, collectEntry, openEntry, payEntry } from '../../../src/domain/ledger/entry-builders.ts'
import { signEntry } from '../../../src/domain/ledger/entry-codec.ts'
import type { Entry, SignedEntry } from '../../../src/domain/ledger/entry.ts'
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
  type TestLedger,
} from '../../support/ledger.ts'

const dan = testIdentity(4)
const invoice = new Uint8Array(32).fill(7)

describe('the auditor of a simulation', () => {
  let auditor: LedgerAuditor
  let ledger: TestLedger

  function record(signed: SignedEntry, voter: Identity = authority): void {
    auditor.recordCertified(signed, createCertificate(signed, [signVote(voter, 0, signed)]))
  }

  function write(identity: Identity, entry: Entry): SignedEntry {
    const signed = ledger.write(identity, entry)
    record(signed)
    return signed
  }

  function pay(): Payment {
    const terms = {
      to: bob.account,
      amount: parseTokens('1'),
      invoice,
      expiresAtMs: START_MS + genesis.paymentWindowMs,
    }
    const { hash } = write(ann, payEntry(ledger.state(ann), genesis, terms, START_MS))
    const payment = ledger.payment(hash)
    if (payment === undefined) throw new Error('The entry made no payment')
    return payment
  }

  function claim(payment: Payment): void {
    const ack = signAck(ann, payment.hash)
    write(bob, claimEntry(ledger.state(bob), genesis, [payment], [ack], START_MS))
  }

  beforeEach(() => {
    auditor = createLedgerAuditor(genesis)
    ledger = createTestLedger()
    for (const identity of [ann, bob]) write(identity, openEntry(identity.account, genesis, START_MS))
    write(ann, collectEntry(ledger.state(ann), genesis, starterGrant(ann.account), START_MS))
  })

  it('has nothing to say against a payment that was delivered, acknowledged and claimed', () => {
    const payment = pay()
    auditor.noteDelivered(bytesToHexText(invoice))
    auditor.noteAcknowledged(bytesToHexText(invoice))
    claim(payment)
    expect(auditor.violations).toEqual([])
  })

  it('notices a claim of what was neither delivered nor acknowledged', () => {
    const payment = pay()
    claim(payment)
    expect(auditor.violations).toEqual([
      `${payment.hash} was claimed without acknowledgement`,
      `${payment.hash} was claimed without delivery`,
    ])
  })

  it('notices two certified entries at one place', () => {
    record(signEntry(ann, openEntry(ann.account, genesis, START_MS + 1)))
    expect(auditor.violations).toEqual([expect.stringContaining('two entries are certified')])
  })

  it('notices an entry that breaks a rule, and one that no authority certified', () => {
    record(signEntry(cat, { ...openEntry(cat.account, genesis, START_MS), balance: parseTokens('1') }))
    record(signEntry(dan, openEntry(dan.account, genesis, START_MS)), ann)
    expect(auditor.violations).toHaveLength(2)
  })
})
