import { beforeEach, describe, expect, it } from 'vitest'
import { encodeProposal, parseProposal } from '../../../../signaling/checkpoints/proposal.ts'
import type { Payment } from '../../../../src/domain/ledger/account-state.ts'
import { signVote } from '../../../../src/domain/ledger/certificate.ts'
import { createCheckpoint } from '../../../../src/domain/ledger/checkpoint-codec.ts'
import { claimEntry } from '../../../../src/domain/ledger/entry-builders.ts'
import { parseEntry, signEntry } from '../../../../src/domain/ledger/entry-codec.ts'
import type { SignedEntry } from '../../../../src/domain/ledger/entry.ts'
import { encodeEnvelope } from '../../../../src/domain/ledger/envelope.ts'
import { factsDigest, sortFacts } from '../../../../src/domain/ledger/fact-codec.ts'
import { ann, authority, bob, expectRejection, START_MS, voucherFor } from '../../../support/ledger.ts'
import { entryAt, operations } from '../../../support/slot-entries.ts'
import { createCheckpointFixture, GRACE_MS, WINDOW_MS, type CheckpointFixture } from './checkpoint-fixture.ts'

describe('an abandoned claim', () => {
  let fixture: CheckpointFixture
  let payment: Payment
  let claim: SignedEntry

  beforeEach(async () => {
    fixture = await createCheckpointFixture()
    await fixture.fund(ann, bob)
    payment = await fixture.pay(ann, bob)
    claim = signClaim()
    await fixture.advance()
  })

  function signClaim(): SignedEntry {
    const source = { payment, voucher: voucherFor({ payment, payer: ann }) }
    const at = fixture.ledger.at(payment.expiresAtMs - WINDOW_MS)
    return signEntry(bob, claimEntry(fixture.ledger.state(bob), [source], at, fixture.ledger))
  }

  /** Judges this authority's own proposal with a void place, and what is said to be abandoned there. */
  async function judgeVoid(claims: readonly SignedEntry[], { account, seq } = claim.entry): Promise<void> {
    const own = parseProposal((await fixture.build()).wire)
    const facts = sortFacts([...own.facts, { type: 'void', account, seq }])
    const checkpoint = createCheckpoint({ ...own.checkpoint.header, factsDigest: factsDigest(facts) })
    const wire = encodeProposal({ ...own, checkpoint, facts, claims })
    await fixture.judge({ id: checkpoint.hash, wire })
  }

  /** Makes a checkpoint so long after the end of the payment, and goes on for a second. */
  async function passAfterEnd(ms: number): Promise<void> {
    setTimeAfterEnd(ms)
    // Its lapse would make the claim hopeless.
    await vote(claim)
    await fixture.advance()
    setTimeAfterEnd(ms + 1_000)
  }

  function setTimeAfterEnd(ms: number): void {
    fixture.setTime(payment.expiresAtMs - START_MS + ms)
  }

  async function vote(signed: SignedEntry): Promise<void> {
    await fixture.store.shardOf(bob.account).transaction(async (transaction) => {
      if ((await transaction.vote(bob.account, signed.entry.seq)) !== undefined) return
      await transaction.addVote(signed, signVote(authority, 0, signed))
      await transaction.addSettlementVote(payment.hash, signed)
    })
  }

  it('makes its place void when the checkpoint before came a window after the end of its payments', async () => {
    await passAfterEnd(WINDOW_MS)
    await judgeVoid([claim])
    const { account, seq } = claim.entry
    setTimeAfterEnd(WINDOW_MS + 2 * GRACE_MS)
    await fixture.advance()
    expect(await fixture.advance()).toEqual([{ type: 'void', account, seq }])
    expect(await fixture.advance()).toEqual([{ type: 'lapse', payment: payment.hash }])
  })

  it('makes it void once only, though nothing has been written there since', async () => {
    await passAfterEnd(WINDOW_MS)
    setTimeAfterEnd(WINDOW_MS + 2 * GRACE_MS)
    await fixture.advance()
    expect(await fixture.advance()).toHaveLength(1)
    await fixture.advance()
    await expectRejection(() => judgeVoid([claim]), 'bad-checkpoint')
  })

  it('does not when that was earlier, or when it is not shown', async () => {
    await passAfterEnd(WINDOW_MS - 1)
    await expectRejection(() => judgeVoid([claim]), 'bad-checkpoint')
    await passAfterEnd(WINDOW_MS)
    await expectRejection(() => judgeVoid([]), 'bad-checkpoint')
  })

  it('does not when this authority has voted for something else of the last two windows', async () => {
    await passAfterEnd(WINDOW_MS)
    const { seq } = claim.entry
    const spend = signEntry(bob, {
      ...entryAt(bob, seq, operations.pay(1)).entry,
      timestampMs: fixture.final().timeMs,
    })
    await fixture.store.shardOf(bob.account).transaction(async (transaction) => {
      await transaction.releaseVote(bob.account, seq)
      await transaction.addVote(spend, signVote(authority, 0, spend))
    })
    await expectRejection(() => judgeVoid([claim]), 'bad-checkpoint')
  })

  it('does not when something is certified there, of another place, or when the account did not sign it', async () => {
    await passAfterEnd(WINDOW_MS)
    const { account, seq } = claim.entry
    await expectRejection(() => judgeVoid([claim], { ...claim.entry, seq: seq + 1 }), 'bad-checkpoint')
    const later = signEntry(bob, { ...claim.entry, seq: seq + 1 })
    await expectRejection(() => judgeVoid([later], later.entry), 'bad-checkpoint')
    const forged = parseEntry(encodeEnvelope(claim.bytes, new Uint8Array(64)))
    await expectRejection(() => judgeVoid([forged]), 'bad-signature')
    const spend = entryAt(bob, seq, operations.pay(1))
    await expectRejection(() => judgeVoid([spend]), 'bad-checkpoint')
    await fixture.store.shardOf(account).transaction((transaction) => transaction.releaseVote(account, seq))
    await fixture.pay(bob, ann)
    await expectRejection(() => judgeVoid([claim]), 'bad-checkpoint')
  })
})
