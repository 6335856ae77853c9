import { describe, expect, it } from 'vitest'
import type { AuthorityStore } from '../../../../signaling/authority-store/authority-store.ts'
import { shardIndexOf } from '../../../../signaling/authority-store/shard-place.ts'
import {
  applyCheckpoint,
  finishApplying,
  type FinalCheckpoint,
} from '../../../../signaling/checkpoints/apply-checkpoint.ts'
import { encodeCut } from '../../../../signaling/checkpoints/cut.ts'
import { LoremeshError } from '../../../../src/domain/kernel/errors.ts'
import { encodeFacts } from '../../../../src/domain/ledger/fact-codec.ts'
import { expectRejection, genesis, testIdentity } from '../../../support/ledger.ts'
import { createCheckpointFixture, GRACE_MS, WINDOW_MS, type CheckpointFixture } from './checkpoint-fixture.ts'

const saveNothing = (): Promise<void> => Promise.resolve()

/** Somebody in each of two shards. */
const [amy, ben] = [0, 1].map((shard) => {
  const seed = Array.from({ length: 100 }, (_, number) => number + 1).find(
    (number) => shardIndexOf(testIdentity(number).account, 2) === shard,
  )
  return testIdentity(seed ?? 0)
}) as [ReturnType<typeof testIdentity>, ReturnType<typeof testIdentity>]

async function buildNext(fixture: CheckpointFixture): Promise<FinalCheckpoint> {
  const { checkpoint, facts, cut, leaves, after } = (await fixture.build()).composed
  const stored = {
    height: after.height,
    header: checkpoint.bytes,
    certificate: new Uint8Array(),
    facts: encodeFacts(facts),
    cut: encodeCut(cut),
  }
  return { stored, leaves }
}

/** The store of a process that crashes before its transaction of this number. */
function crashingAt(store: AuthorityStore, crash: number): AuthorityStore {
  let count = 0
  const shards = store.shards.map((shard): AuthorityStore['home'] => ({
    transaction: async (task) => {
      count += 1
      if (count >= crash) throw new LoremeshError('not-connected', 'The process crashed')
      return shard.transaction(task)
    },
  }))
  const [home] = shards
  if (home === undefined) throw new Error('The store has no shard')
  return {
    ...store,
    shards,
    home,
    shardOf: (account) => shards[store.shards.indexOf(store.shardOf(account))] ?? home,
  }
}

describe('a checkpoint of two shards', () => {
  it.each([1, 2, 3])(
    'is applied whole or not at all when the process crashes (before transaction %i)',
    async (crash) => {
      const fixture = await createCheckpointFixture(2)
      await fixture.fund(amy, ben)
      const { hash } = await fixture.pay(amy, ben)
      await fixture.advance()
      await fixture.fork(ben, amy)
      fixture.setTime(WINDOW_MS + GRACE_MS)
      await fixture.pay(amy, ben)
      const next = await buildNext(fixture)
      const crashing = crashingAt(fixture.store, crash)
      await expectRejection(() => applyCheckpoint(crashing, genesis, next, saveNothing), 'not-connected')

      await finishApplying(fixture.store, genesis)
      // Only what was noted before is finished.
      const isApplied = crash > 1
      const { height } = await fixture.reopen()
      expect(height).toBe(isApplied ? 2 : 1)
      expect((await fixture.store.payment(hash))?.state).toBe(isApplied ? 'lapsed' : 'open')
    },
  )

  it('is applied once, however often it is finished', async () => {
    const fixture = await createCheckpointFixture(2)
    await fixture.fund(amy, ben)
    await fixture.advance()
    const before = await fixture.reopen()
    await finishApplying(fixture.store, genesis)
    expect((await fixture.reopen()).hash).toBe(before.hash)
  })
})

describe('a lapse', () => {
  it('releases the vote for a claim that can never be certified, and all payments that it names', async () => {
    const fixture = await createCheckpointFixture()
    await fixture.fund(amy, ben)
    const [lapsing, other] = [await fixture.pay(amy, ben), await fixture.pay(amy, ben)]
    await fixture.advance()
    fixture.setTime(WINDOW_MS + GRACE_MS)
    const next = await buildNext(fixture)
    const { e1 } = await fixture.fork(ben, amy)
    await fixture.store.home.transaction(async (transaction) => {
      await transaction.addVote(e1, { authority: 0, signature: new Uint8Array(64) })
      await transaction.addSettlementVote(lapsing.hash, e1)
      await transaction.addSettlementVote(other.hash, e1)
    })
    await applyCheckpoint(fixture.store, genesis, next, saveNothing)
    await fixture.store.home.transaction(async (transaction) => {
      expect(await transaction.vote(ben.account, e1.entry.seq)).toBeUndefined()
      expect(await transaction.settlementVote(other.hash, ben.account)).toBeUndefined()
    })
  })
})

describe.each([1, 2])('a void place of a database with %i shards', (shards) => {
  it.each(['pay', 'reserve'] as const)('loses a %s that became certified here alone', async (kind) => {
    const fixture = await createCheckpointFixture(shards)
    const { store } = fixture
    await fixture.fund(amy, ben)
    await fixture.advance()
    const { stored } = await buildNext(fixture)
    const before = await standing()
    const { hash } = await fixture[kind](amy, ben)
    const facts = encodeFacts([{ type: 'void', account: amy.account, seq: 2 }])
    await applyCheckpoint(store, genesis, { stored: { ...stored, facts }, leaves: [] }, saveNothing)
    expect(await standing()).toEqual(before)
    expect(
      await store
        .shardOf(amy.account)
        .transaction(async (transaction) => [
          await transaction.payment(hash),
          await transaction.entry(hash),
          await transaction.vote(amy.account, 2),
        ]),
    ).toEqual([undefined, undefined, undefined])

    async function standing() {
      const account = await store
        .shardOf(amy.account)
        .transaction((transaction) => transaction.account(amy.account))
      return { account, sums: await store.sums() }
    }
  })
})
