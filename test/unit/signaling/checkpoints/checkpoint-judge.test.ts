import { beforeEach, describe, expect, it } from 'vitest'
import type { SoundProposal } from '../../../../signaling/checkpoints/checkpoint-builder.ts'
import { parseTokens, toMicroTokens } from '../../../../src/domain/kernel/micro-tokens.ts'
import { createCheckpoint } from '../../../../src/domain/ledger/checkpoint-codec.ts'
import type { CheckpointHeader } from '../../../../src/domain/ledger/checkpoint.ts'
import { claimEntry } from '../../../../src/domain/ledger/entry-builders.ts'
import { parseEntry, signEntry } from '../../../../src/domain/ledger/entry-codec.ts'
import { encodeEnvelope } from '../../../../src/domain/ledger/envelope.ts'
import { signVote } from '../../../../src/domain/ledger/certificate.ts'
import { proveDoubleVote } from '../../../../src/domain/ledger/double-vote.ts'
import { factsDigest, sortFacts } from '../../../../src/domain/ledger/fact-codec.ts'
import { removedBy, type Fact } from '../../../../src/domain/ledger/fact.ts'
import type { FraudProof } from '../../../../src/domain/ledger/fraud-proof.ts'
import { encodeProposal, parseProposal, type Proposal } from '../../../../signaling/checkpoints/proposal.ts'
import { withChanges, type ParameterChange } from '../../../../src/domain/ledger/parameter-change.ts'
import { withRemovals } from '../../../../src/domain/ledger/removals.ts'
import { ann, authority, bob, cat, expectRejection, genesis, voucherFor } from '../../../support/ledger.ts'
import { entryAt, operations } from '../../../support/slot-entries.ts'
import { createCheckpointFixture, GRACE_MS, WINDOW_MS, type CheckpointFixture } from './checkpoint-fixture.ts'

let fixture: CheckpointFixture
beforeEach(async () => {
  fixture = await createCheckpointFixture()
  await fixture.fund(ann, bob)
  await fixture.advance()
})

/** Judges what somebody made of this authority's own proposal. */
async function judgeChanged(change: (proposal: Proposal) => Proposal): Promise<void> {
  const { wire } = await fixture.build()
  const changed = change(parseProposal(wire))
  await fixture.judge({ id: changed.checkpoint.hash, wire: encodeProposal(changed) })
}

function withHeader(proposal: Proposal, changes: Partial<CheckpointHeader>): Proposal {
  return { ...proposal, checkpoint: createCheckpoint({ ...proposal.checkpoint.header, ...changes }) }
}

function withFacts(proposal: Proposal, more: readonly Fact[], proofs: readonly FraudProof[] = []): Proposal {
  const facts = sortFacts([...proposal.facts, ...more])
  const { header } = proposal.checkpoint
  const removals = withRemovals(header.removals, removedBy(more), header.height)
  return withHeader({ ...proposal, facts, proofs }, { factsDigest: factsDigest(facts), removals })
}

describe('a proposal is refused', () => {
  beforeEach(async () => {
    const payment = await fixture.pay(ann, bob)
    await fixture.claim(bob, { payment, payer: ann })
  })

  it('with sums that are not those of its entries', async () => {
    await expectRejection(
      () =>
        judgeChanged((proposal) => {
          const { balance, minted } = proposal.checkpoint.header
          const more = { balance: toMicroTokens(balance + 1n), minted: toMicroTokens(minted + 1n) }
          return withHeader(proposal, more)
        }),
      'bad-checkpoint',
    )
  })

  it('with a cut that is not that of its header', async () => {
    await expectRejection(() => judgeChanged((proposal) => ({ ...proposal, cut: [] })), 'bad-checkpoint')
  })

  it('with a claim whose payment it does not contain', async () => {
    await expectRejection(
      () =>
        judgeChanged((proposal) => ({
          ...proposal,
          cut: proposal.cut.filter(({ account }) => account[0] === bob.account[0]),
        })),
      'bad-checkpoint',
    )
  })

  it('with entries that nobody knows, after the others’ logs were read', async () => {
    await expectRejection(
      () =>
        judgeChanged((proposal) => ({
          ...proposal,
          cut: proposal.cut.map(({ account, seq }) => ({ account, seq: seq + 1 })),
        })),
      'unknown-parent',
    )
    expect(fixture.catchUps()).toBe(1)
  })

  it.each([
    ['before the checkpoint that it follows', -1],
    ['more than two seconds ahead', 2_001],
  ])('when it is dated %s', async (_, ms) => {
    await expectRejection(
      () => judgeChanged((proposal) => withHeader(proposal, { timeMs: fixture.final().timeMs + ms })),
      'bad-checkpoint',
    )
  })

  it('for another height, and instead of another one', async () => {
    await expectRejection(
      () =>
        judgeChanged((proposal) =>
          withHeader(proposal, { height: 3, skip: proposal.checkpoint.header.prev }),
        ),
      'bad-checkpoint',
    )
    const { wire } = await fixture.build()
    await expectRejection(() => fixture.judge({ id: fixture.final().hash, wire }), 'bad-checkpoint')
  })

  const account = bob.account
  it.each<[string, readonly Fact[]]>([
    ['freezes an account', [{ type: 'freeze', account, seq: 2 }]],
    ['thaws an account', [{ type: 'thaw', account }]],
    ['declares a place void', [{ type: 'void', account, seq: 3 }]],
    ['takes stake', [{ type: 'slash', account, amount: toMicroTokens(1) }]],
    ['bans an account', [{ type: 'ban', account, untilMs: 1 }]],
    ['sets a reputation', [{ type: 'reputation', account, milli: 1_000 }]],
    ['removes an authority', [{ type: 'remove-authority', authority: 0 }]],
    ['takes what decays', [{ type: 'decay', account, amount: toMicroTokens(1) }]],
    ['grants something', [{ type: 'grant', account, amount: toMicroTokens(1), id: 'bonus' }]],
  ])('that %s without reason', async (_, facts) => {
    await expectRejection(() => judgeChanged((proposal) => withFacts(proposal, facts)), 'bad-checkpoint')
  })
})

describe('a lapse is refused', () => {
  it('before its time', async () => {
    const { hash } = await fixture.pay(ann, bob)
    fixture.setTime(WINDOW_MS + GRACE_MS - 1)
    await expectRejection(
      () => judgeChanged((proposal) => withFacts(proposal, [{ type: 'lapse', payment: hash }])),
      'bad-checkpoint',
    )
  })

  it('of a payment that was claimed, and of one that there is not', async () => {
    const payment = await fixture.pay(ann, bob)
    await fixture.claim(bob, { payment, payer: ann })
    fixture.setTime(WINDOW_MS + GRACE_MS)
    for (const hash of [payment.hash, fixture.ledger.state(bob).head]) {
      await expectRejection(
        () => judgeChanged((proposal) => withFacts(proposal, [{ type: 'lapse', payment: hash }])),
        'bad-checkpoint',
      )
    }
  })

  it('with the claim shown, when the claim has this authority’s vote', async () => {
    const payment = await fixture.pay(ann, bob)
    fixture.setTime(WINDOW_MS + GRACE_MS)
    const { composed, wire } = await fixture.build()
    const voucher = voucherFor({ payment, payer: ann })
    const at = fixture.ledger.at(payment.expiresAtMs - 1)
    const claim = signEntry(
      bob,
      claimEntry(fixture.ledger.state(bob), [{ payment, voucher }], at, fixture.ledger),
    )
    await fixture.store.shardOf(bob.account).transaction(async (transaction) => {
      await transaction.addVote(claim, signVote(authority, 0, claim))
      await transaction.addSettlementVote(payment.hash, claim)
    })
    await expectRejection(() => fixture.judge({ id: composed.checkpoint.hash, wire }), 'bad-checkpoint')
    expect(fixture.contested).toEqual([claim.wire])
  })
})

describe('proofs', () => {
  it('that a proposal carries are checked and kept', async () => {
    const other = await createCheckpointFixture()
    await other.fund(ann, bob)
    await other.advance()
    const proof = await fixture.fork(ann, bob)
    const { composed, wire } = await fixture.build()
    await other.judge({ id: composed.checkpoint.hash, wire })
    expect(other.proven).toEqual([{ type: 'fork-proof', proof }])
  })

  it('that are wrongly signed, or that are missing, spoil their proposal', async () => {
    const other = await createCheckpointFixture()
    await other.fund(ann, bob)
    await other.advance()
    const proof = await fixture.fork(ann, bob)
    const proposal = parseProposal((await fixture.build()).wire)
    const forged = parseEntry(encodeEnvelope(proof.e2.bytes, new Uint8Array(64)))
    const { hash } = proposal.checkpoint
    const proofs: readonly FraudProof[] = [{ type: 'fork-proof', proof: { ...proof, e2: forged } }]
    await expectRejection(
      () => other.judge({ id: hash, wire: encodeProposal({ ...proposal, proofs }) }),
      'bad-signature',
    )
    await expectRejection(
      () => other.judge({ id: hash, wire: encodeProposal({ ...proposal, proofs: [] }) }),
      'bad-checkpoint',
    )
  })

  it('of a double vote remove the authority', async () => {
    const [a, b] = [entryAt(cat, 1, operations.pay(1)), entryAt(cat, 1, operations.pay(2))]
    const evidence = proveDoubleVote(
      0,
      { signed: a, signature: signVote(authority, 0, a).signature },
      { signed: b, signature: signVote(authority, 0, b).signature },
    )
    if (evidence === undefined) throw new Error('The votes prove nothing')
    const removal: readonly Fact[] = [{ type: 'remove-authority', authority: 0 }]
    await judgeChanged((proposal) => withFacts(proposal, removal, [{ type: 'double-vote', evidence }]))
    expect(fixture.proven).toEqual([{ type: 'double-vote', evidence }])
    expect(await fixture.advance()).toEqual(removal)
    expect(fixture.final().facts.removed()).toEqual(new Set([0]))
    expect((await fixture.reopen()).facts.removed()).toEqual(new Set([0]))
    expect(await fixture.advance()).toEqual([])
  })
})

it('a proposal with entries that are in the others’ logs only is right once these were read', async () => {
  const other = await createCheckpointFixture(1, async () => {
    await other.pay(ann, bob)
  })
  await other.fund(ann, bob)
  await other.advance()
  await fixture.pay(ann, bob)
  const { composed, wire } = await fixture.build()
  const judged = await other.judge({ id: composed.checkpoint.hash, wire })
  expect(judged.composed.leaves).toEqual(composed.leaves)
})

describe('a change of a parameter', () => {
  const dearer: ParameterChange = { name: 'pricePerKb', value: parseTokens('3') }
  const stated: Fact = { type: 'parameter', change: dearer }
  const buildWith = (...changes: readonly ParameterChange[]) => fixture.build(undefined, changes)
  const judge = async (proposal: Promise<SoundProposal>) => {
    const { composed, wire } = await proposal
    return fixture.judge({ id: composed.checkpoint.hash, wire })
  }

  it('is accepted when this authority’s operator wishes it', async () => {
    fixture.wished.push(dearer)
    const { composed } = await judge(buildWith(dearer))
    expect(composed.facts).toContainEqual(stated)
    expect(composed.after.parameters).toMatchObject({
      pricePerKb: dearer.value,
      creditLine: genesis.creditLine,
    })
    expect(composed.checkpoint.header.parameters).toEqual(composed.after.parameters)
  })

  it('is refused when the operator wishes nothing, or another value', async () => {
    await expectRejection(() => judge(buildWith(dearer)), 'bad-checkpoint')
    fixture.wished.push({ name: 'pricePerKb', value: parseTokens('4') })
    await expectRejection(() => judge(buildWith(dearer)), 'bad-checkpoint')
  })

  it('is refused when the header does not have it, or has it without the fact', async () => {
    fixture.wished.push(dearer)
    await expectRejection(() => judgeChanged((proposal) => withFacts(proposal, [stated])), 'bad-checkpoint')
    const parameters = withChanges(genesis, [dearer])
    await expectRejection(
      () => judgeChanged((proposal) => withHeader(proposal, { parameters })),
      'bad-checkpoint',
    )
  })

  it('is refused when it changes nothing', async () => {
    const same: ParameterChange = { name: 'pricePerKb', value: genesis.pricePerKb }
    fixture.wished.push(same)
    await expectRejection(() => judge(buildWith(same)), 'bad-checkpoint')
  })
})
