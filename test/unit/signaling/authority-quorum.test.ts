import { describe, expect, it } from 'vitest'
import { factKey } from '../../../signaling/authority/checkpoint-view.ts'
import { noteDecided } from '../../../signaling/authority/holds.ts'
import { holdForVoid } from '../../../signaling/authority/void-hold.ts'
import { signVote } from '../../../src/domain/ledger/certificate.ts'
import { proveDoubleVote } from '../../../src/domain/ledger/double-vote.ts'
import { signEntry } from '../../../src/domain/ledger/entry-codec.ts'
import type { SignedEntry } from '../../../src/domain/ledger/entry.ts'
import { encodeFacts } from '../../../src/domain/ledger/fact-codec.ts'
import { proveFork } from '../../../src/domain/ledger/fork-proof.ts'
import { encodeFraudProof } from '../../../src/domain/ledger/fraud-proof.ts'
import { certificateOf, memberAt, openFederation } from '../../support/federation.ts'
import { sampleCheckpoint } from '../../support/checkpoint-samples.ts'
import { ann, bob, cat, expectRejection } from '../../support/ledger.ts'
import { claim, fund, lapse, opening, paid, payment } from './authority-fixture.ts'

const open = () => openFederation(4)

describe('one of four authorities', () => {
  it('votes, but lets the account advance only with the certificate of a quorum', async () => {
    const federation = await open()
    const opened = opening(federation, ann)
    for (const authority of federation.authorities) {
      await authority.vote(opened.wire)
      expect(await authority.head(ann.account, 0)).toMatchObject({
        state: undefined,
        voted: { hash: opened.hash },
      })
      const tooFew = certificateOf(federation, opened, 1, 2)
      await expectRejection(() => authority.certify(opened.wire, tooFew), 'bad-certificate')
      const enough = certificateOf(federation, opened, 1, 2, 3)
      await authority.certify(opened.wire, enough)
      await authority.certify(opened.wire, enough)
      const { state, voted } = await authority.head(ann.account, 0)
      expect(state?.head).toBe(opened.hash)
      expect(voted).toBeUndefined()
      expect(authority.certified).toHaveLength(1)
    }
  })

  it('takes a certified entry although it has voted for another one, and reports a fork if that was a spend', async () => {
    const federation = await open()
    await fund(federation, ann)
    const { authority } = memberAt(federation, 3)
    const mine = await payment(federation, ann, bob)
    const theirs = await payment(federation, ann, cat)
    await authority.vote(mine.wire)
    await authority.certify(theirs.wire, certificateOf(federation, theirs, 0, 1, 2))
    expect((await authority.head(ann.account, 0)).state).toMatchObject({ head: theirs.hash, frozen: true })
    expect(authority.proven).toMatchObject([{ type: 'fork-proof' }])
    await expectRejection(() => authority.vote(theirs.wire), 'conflicting-entry')
    expect(await authority.vote(mine.wire)).toMatchObject({ authority: 3 })
  })

  it('votes for what it knows to be certified, so that a lost certificate can be gathered again', async () => {
    const federation = await open()
    const { authority } = memberAt(federation, 3)
    const opened = opening(federation, ann)
    await authority.certify(opened.wire, certificateOf(federation, opened, 0, 1, 2))
    expect(await authority.vote(opened.wire)).toEqual(signVote(memberAt(federation, 3).identity, 3, opened))
  })

  it('lets another entry have the vote of a claim once a checkpoint has let the payment lapse, and of nothing else', async () => {
    const federation = await open()
    for (const person of [ann, bob]) await fund(federation, person)
    const made = await paid(federation, ann, bob)
    const { authority } = memberAt(federation, 0)
    const late = await claim(federation, bob, ann, [made])
    const vote = await authority.vote(late.wire)
    const instead = await payment(federation, bob, cat)
    await expectRejection(() => authority.vote(instead.wire), 'conflicting-entry')
    await lapse(authority.store, made)
    await authority.vote(instead.wire)
    await expectRejection(() => authority.vote(late.wire), 'conflicting-entry')
    expect(vote.signature).toHaveLength(64)
    expect(authority.proven).toEqual([])
  })

  it('frees what a claim named when another entry got its place', async () => {
    const federation = await open()
    for (const person of [ann, bob]) await fund(federation, person)
    const made = await paid(federation, ann, bob)
    const { authority } = memberAt(federation, 0)
    await authority.vote((await claim(federation, bob, ann, [made])).wire)
    const winner = await payment(federation, bob, cat)
    await authority.certify(winner.wire, certificateOf(federation, winner, 1, 2, 3))
    await federation.synchronize()
    await federation.submit(await claim(federation, bob, ann, [made]))
    expect((await federation.payment(made.hash))?.state).toBe('claimed')
  })

  it('keeps evidence against authorities that certified two entries at one place, which takes more than f of them', async () => {
    const federation = await open()
    await fund(federation, ann)
    const { authority } = memberAt(federation, 0)
    const first = await payment(federation, ann, bob)
    const second = await payment(federation, ann, cat)
    await authority.certify(first.wire, certificateOf(federation, first, 0, 1, 2))
    const other = certificateOf(federation, second, 1, 2, 3)
    await expectRejection(() => authority.certify(second.wire, other), 'conflicting-entry')
    await expectRejection(() => authority.certify(second.wire, other), 'conflicting-entry')
    expect(authority.proven).toMatchObject([
      { type: 'fork-proof' },
      { type: 'double-vote', evidence: { authority: 1 } },
      { type: 'double-vote', evidence: { authority: 2 } },
    ])
    const [, doubleVote] = authority.proven
    if (doubleVote === undefined) throw new Error('There is no evidence')
    const witness = memberAt(federation, 3).authority
    await witness.reportFraud(encodeFraudProof(doubleVote))
    await witness.reportFraud(encodeFraudProof(doubleVote))
    expect(witness.proven).toEqual([doubleVote])
  })

  it('counts no votes from before in a place that a checkpoint declared void, and votes there anew', async () => {
    const federation = await open()
    await fund(federation, ann)
    const one = memberAt(federation, 0)
    const { authority } = one
    const before = await payment(federation, ann, bob)
    await authority.vote(before.wire)
    const { signed: checkpoint } = sampleCheckpoint()
    const { account } = ann
    await authority.store.shardOf(account).transaction(async (transaction) => {
      const facts = encodeFacts([{ type: 'void', account, seq: 2 }])
      await transaction.putRecord('fact', factKey(account, 1), facts)
      await transaction.releaseVote(account, 2)
      await transaction.addCheckpoint({
        height: 1,
        header: checkpoint.bytes,
        certificate: Uint8Array.of(1),
        facts,
        cut: Uint8Array.of(1),
      })
    })
    await expectRejection(() => authority.vote(before.wire), 'void-place')
    const old = certificateOf(federation, before, 0, 1, 2)
    await expectRejection(() => authority.certify(before.wire, old), 'void-place')
    const after = signEntry(ann, { ...before.entry, checkpoint: 1 })
    const vote = await authority.vote(after.wire)
    const doubleVote = proveDoubleVote(
      0,
      { signed: before, signature: signVote(one.identity, 0, before).signature },
      { signed: after, signature: vote.signature },
    )
    if (doubleVote === undefined) throw new Error('There is no evidence')
    await authority.reportFraud(encodeFraudProof({ type: 'double-vote', evidence: doubleVote }))
    expect(authority.proven).toEqual([])
  })

  it('lets nothing take a place that it has agreed to declare void, until that height is decided', async () => {
    const federation = await open()
    await fund(federation, ann)
    const { authority } = memberAt(federation, 0)
    const shard = authority.store.shardOf(ann.account)
    const place = { account: ann.account, seq: 2 }
    const hold = (height: number, votedBeforeMs = Number.POSITIVE_INFINITY): Promise<boolean> =>
      shard.transaction((transaction) => holdForVoid(transaction, place, { height, votedBeforeMs }))
    expect(await hold(1)).toBe(true)
    const spend = await payment(federation, ann, bob)
    const certificate = certificateOf(federation, spend, 1, 2, 3)
    await expectRejection(() => authority.vote(spend.wire), 'not-ready')
    await expectRejection(() => authority.certify(spend.wire, certificate), 'not-ready')
    await shard.transaction((transaction) => noteDecided(transaction, 1))
    await authority.vote(spend.wire)
    const { timestampMs } = spend.entry
    expect([await hold(2, timestampMs - 1), await hold(1, timestampMs)]).toEqual([false, true])
    await authority.certify(spend.wire, certificate)
    expect(await hold(2)).toBe(false)
  })

  it('finds no fraud in an entry in the stead of one whose place was declared void', async () => {
    const federation = await open()
    await fund(federation, ann)
    const { authority } = memberAt(federation, 0)
    const { account } = ann
    const [before, other] = [await payment(federation, ann, bob), await payment(federation, ann, cat)]
    await authority.vote(before.wire)
    await authority.store.shardOf(account).transaction(async (transaction) => {
      await transaction.putRecord(
        'fact',
        factKey(account, 1),
        encodeFacts([{ type: 'void', account, seq: 2 }]),
      )
      await transaction.releaseVote(account, 2)
    })
    const after = signEntry(ann, { ...before.entry, checkpoint: 1 })
    const report = (rival: SignedEntry): Promise<void> => {
      const proof = proveFork(
        { signed: before, certificate: undefined },
        { signed: rival, certificate: undefined },
      )
      if (proof === undefined) throw new Error('The entries prove nothing')
      return authority.reportFraud(encodeFraudProof({ type: 'fork-proof', proof }))
    }
    await report(after)
    expect(authority.proven).toEqual([])
    await report(other)
    expect(authority.proven).toHaveLength(1)
  })
})
