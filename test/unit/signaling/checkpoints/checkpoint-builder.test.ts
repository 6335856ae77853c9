import { beforeEach, describe, expect, it } from 'vitest'
import { bytesEqual } from '../../../../src/domain/kernel/bytes.ts'
import { parseTokens } from '../../../../src/domain/kernel/micro-tokens.ts'
import { signEntry } from '../../../../src/domain/ledger/entry-codec.ts'
import { isConserved } from '../../../../src/domain/ledger/checkpoint.ts'
import { recordFork } from '../../../../signaling/authority/fraud-records.ts'
import { leafOf } from '../../../../signaling/checkpoints/final-ledger.ts'
import { ann, bob, genesis, START_MS, testIdentity } from '../../../support/ledger.ts'
import { forkAt } from '../../../support/slot-entries.ts'
import { createCheckpointFixture, GRACE_MS, WINDOW_MS, type CheckpointFixture } from './checkpoint-fixture.ts'

const DAY_MS = 86_400_000
const one = parseTokens('1')
const two = parseTokens('2')

let fixture: CheckpointFixture
beforeEach(async () => {
  fixture = await createCheckpointFixture()
  await fixture.fund(ann, bob)
})

describe('a checkpoint', () => {
  it('contains every certified account as its newest entry states it', async () => {
    const payment = await fixture.pay(ann, bob, two)
    await fixture.claim(bob, { payment, payer: ann })
    await fixture.advance()
    for (const identity of [ann, bob]) {
      const { head, seq, balance, credit, locked, stake } = fixture.ledger.state(identity)
      expect(leafOf(fixture.final(), identity.account)).toMatchObject({
        head,
        seq,
        balance,
        credit,
        locked,
        stake,
      })
    }
    expect(leafOf(fixture.final(), bob.account)).toMatchObject({ reputationMilli: 500, earned7d: two })
    expect(leafOf(fixture.final(), ann.account)).toMatchObject({ earned7d: 0n })
  })

  it('states what was minted by its grants', async () => {
    const facts = await fixture.advance()
    expect(facts).toHaveLength(2)
    expect(facts).toContainEqual({
      type: 'grant',
      account: ann.account,
      amount: genesis.starterGrant,
      id: 'starter',
    })
    expect(fixture.final().totals).toMatchObject({ minted: 2n * genesis.starterGrant, entryCount: 4 })
  })

  it('counts a payment as pending until it is claimed', async () => {
    const payment = await fixture.pay(ann, bob, two)
    await fixture.advance()
    expect(fixture.final().totals.pending).toBe(two)
    await fixture.claim(bob, { payment, payer: ann })
    await fixture.advance()
    expect(fixture.final().totals.pending).toBe(0n)
  })

  it('counts what was claimed of a reserve as drawn until the rest is released', async () => {
    const reserve = await fixture.reserve(ann, bob, two)
    await fixture.claim(bob, { payment: reserve, payer: ann, amount: one })
    await fixture.advance()
    expect(fixture.final().totals).toMatchObject({ drawn: one, pending: 0n })
    expect(fixture.final().tree.sums.locked).toBe(two)
    await fixture.release(ann, reserve)
    await fixture.advance()
    expect(fixture.final().totals.drawn).toBe(0n)
    expect(fixture.final().tree.sums.locked).toBe(0n)
  })

  it('counts in the pool what decays', async () => {
    const payment = await fixture.pay(ann, bob)
    await fixture.claim(bob, { payment, payer: ann })
    await fixture.advance()
    fixture.setTime(2 * DAY_MS)
    await fixture.advance()
    await fixture.pay(bob, ann)
    const { composed } = await fixture.build()
    expect(composed.after.totals.pool).toBe(fixture.ledger.pool())
    expect(isConserved(composed.checkpoint.header)).toBe(true)
  })

  it('has the same hash whoever builds it from the same entries', async () => {
    const [first, second] = [await fixture.build(), await fixture.build()]
    expect(first.wire).toEqual(second.wire)
  })

  it('is never dated before the one that it follows', async () => {
    fixture.setTime(10_000)
    await fixture.advance()
    fixture.setTime(5_000)
    await fixture.advance()
    expect(fixture.final().timeMs).toBe(START_MS + 10_000)
  })

  it('is read after a restart as it was before', async () => {
    const payment = await fixture.pay(ann, bob)
    await fixture.claim(bob, { payment, payer: ann })
    await fixture.fork(ann, bob)
    await fixture.advance()
    const [before, after] = [fixture.final(), await fixture.reopen()]
    expect(after.hash).toBe(before.hash)
    expect(after.tree.root).toEqual(before.tree.root)
    expect(after.earnings.of(bob.account)).toBe(one)
    expect(after.facts.freezeOf(ann.account)).toEqual(before.facts.freezeOf(ann.account))
    fixture.setTime(8 * DAY_MS)
    const { leaves } = (await fixture.build()).composed
    expect(leaves.find((leaf) => bytesEqual(leaf.account, bob.account))?.earned7d).toBe(0n)
  })
})

describe('earnings', () => {
  it('count for the day of the claim and six more, also when the account does nothing', async () => {
    fixture.setTime(3_600_000)
    const payment = await fixture.pay(ann, bob)
    await fixture.claim(bob, { payment, payer: ann })
    await fixture.advance()
    fixture.setTime(7 * DAY_MS - 1)
    await fixture.advance()
    expect(leafOf(fixture.final(), bob.account)?.earned7d).toBe(one)
    fixture.setTime(7 * DAY_MS)
    await fixture.advance()
    expect(leafOf(fixture.final(), bob.account)?.earned7d).toBe(0n)
  })

  it('add up over claims of several checkpoints', async () => {
    for (let claimed = 0; claimed < 2; claimed++) {
      const payment = await fixture.pay(ann, bob)
      await fixture.claim(bob, { payment, payer: ann })
      await fixture.advance()
    }
    expect(leafOf(fixture.final(), bob.account)?.earned7d).toBe(two)
  })
})

describe('a lapse', () => {
  it('is stated once the grace after the end of a payment is over, and then the payer can take it back', async () => {
    const payment = await fixture.pay(ann, bob)
    fixture.setTime(WINDOW_MS + GRACE_MS - 1)
    expect(await fixture.advance()).not.toContainEqual({ type: 'lapse', payment: payment.hash })
    fixture.setTime(WINDOW_MS + GRACE_MS)
    expect(await fixture.advance()).toEqual([{ type: 'lapse', payment: payment.hash }])
    await fixture.reclaim(ann, payment)
    await fixture.advance()
    expect(fixture.final().totals.pending).toBe(0n)
  })

  it('is not stated of a payment whose claim has this authority’s vote', async () => {
    const payment = await fixture.pay(ann, bob)
    const claim = await fixture.fork(bob, ann)
    await fixture.store
      .shardOf(bob.account)
      .transaction((transaction) => transaction.addSettlementVote(payment.hash, claim.e1))
    fixture.setTime(WINDOW_MS + GRACE_MS)
    const { composed } = await fixture.build()
    expect(composed.facts.some(({ type }) => type === 'lapse')).toBe(false)
  })

  it('is not stated of a payment that is left out', async () => {
    const [one, other] = [await fixture.pay(ann, bob), await fixture.pay(ann, bob)]
    fixture.setTime(WINDOW_MS + GRACE_MS)
    const { composed } = await fixture.build((payment) => payment !== one.hash)
    expect(composed.facts.filter(({ type }) => type === 'lapse')).toEqual([
      { type: 'lapse', payment: other.hash },
    ])
  })
})

describe('a fork', () => {
  it('freezes and bans its account, takes its reputation, and thaws it when it was an accident', async () => {
    await fixture.advance()
    const { e1 } = await fixture.fork(ann, bob)
    const { account, seq } = e1.entry
    expect(await fixture.advance()).toEqual([
      { type: 'freeze', account, seq },
      { type: 'ban', account, untilMs: START_MS + 90 * DAY_MS },
      { type: 'reputation', account, milli: 0 },
    ])
    expect(leafOf(fixture.final(), account)?.reputationMilli).toBe(0)
    expect(await statusOf()).toEqual({ frozenAtSeq: seq, bannedUntilMs: START_MS + 90 * DAY_MS })
    expect(await fixture.advance()).toEqual([])

    // Its entry becomes certified: votes that were given before the freeze count.
    await fixture.store
      .shardOf(account)
      .transaction((transaction) => transaction.putStatus(account, { frozenAtSeq: null, bannedUntilMs: 0 }))
    await fixture.pay(ann, bob)
    expect(await fixture.advance()).toEqual([
      { type: 'thaw', account },
      { type: 'reputation', account, milli: 300 },
    ])
    expect(await statusOf()).toEqual({ frozenAtSeq: null, bannedUntilMs: 0 })

    await fixture.fork(ann, bob)
    await fixture.advance()
    expect(await fixture.advance()).toEqual([])
    expect(leafOf(fixture.final(), account)?.reputationMilli).toBe(0)
  })

  it('of which nothing became certified is void after the payment window', async () => {
    await fixture.advance()
    const { e1 } = await fixture.fork(ann, bob)
    const { account, seq } = e1.entry
    await fixture.store.shardOf(account).transaction(async (transaction) => {
      for (const signed of [e1, signEntry(ann, { ...e1.entry, seq: seq + 1 })]) {
        await transaction.addVote(signed, { authority: 0, signature: new Uint8Array(64) })
      }
    })
    await fixture.advance()
    fixture.setTime(WINDOW_MS - 1)
    expect(await fixture.advance()).toEqual([])
    fixture.setTime(WINDOW_MS)
    // So that authorities who disagree about it can agree on the rest.
    const { composed } = await fixture.build(undefined, undefined, false)
    expect(composed.facts).toEqual([])
    expect(await fixture.advance()).toEqual([
      { type: 'thaw', account },
      { type: 'void', account, seq },
      { type: 'reputation', account, milli: 300 },
    ])
    for (const next of [seq, seq + 1]) {
      await fixture.pay(ann, bob)
      await fixture.advance()
      expect(fixture.seqOf(account)).toBe(next)
    }
  })

  it('of an account that was used comes before many of such as cost nothing, and each comes once', async () => {
    await fixture.advance()
    const forkers = Array.from({ length: 40 }, (_, number) => testIdentity(300 + number))
    for (const forker of forkers) {
      await fixture.store
        .shardOf(forker.account)
        .transaction((transaction) => recordFork(transaction, forkAt(forker, 1)))
    }
    const { e1 } = await fixture.fork(ann, bob)
    const { account, seq } = e1.entry
    const first = await fixture.advance()
    expect(first).toContainEqual({ type: 'freeze', account, seq })
    const freezes = [first, await fixture.advance(), await fixture.advance()].map(
      (facts) => facts.filter(({ type }) => type === 'freeze').length,
    )
    expect(freezes).toEqual([32, 9, 0])
  })

  function statusOf() {
    return fixture.store.shardOf(ann.account).transaction((transaction) => transaction.status(ann.account))
  }
})
