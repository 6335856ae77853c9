import { beforeEach, describe, expect, it } from 'vitest'
import type { AuthorityStore } from '../../../../signaling/authority-store/authority-store.ts'
import { shardIndexOf } from '../../../../signaling/authority-store/shard-place.ts'
import {
  applyCheckpoint,
  finishApplying,
  type FinalCheckpoint,
} from '../../../../signaling/checkpoints/apply-checkpoint.ts'
import { encodeCut } from '../../../../signaling/checkpoints/cut.ts'
import { LoremeshError } from '../../../../src/domain/kernel/errors.ts'
import type { Identity } from '../../../../src/domain/identity/identity.ts'
import { toMicroTokens } from '../../../../src/domain/kernel/micro-tokens.ts'
import type { Payment } from '../../../../src/domain/ledger/account-state.ts'
import { collectEntry, openEntry } from '../../../../src/domain/ledger/entry-builders.ts'
import { encodeFacts, sortFacts } from '../../../../src/domain/ledger/fact-codec.ts'
import type { Fact } from '../../../../src/domain/ledger/fact.ts'
import { expectRejection, genesis, starterGrant, testIdentity } from '../../../support/ledger.ts'
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
  it.each([1, 2, 3, 4, 5])(
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
  let fixture: CheckpointFixture
  let open: Payment
  let claimed: Payment
  let lapsed: Payment

  beforeEach(async () => {
    fixture = await createCheckpointFixture(shards)
    await fixture.fund(amy, ben)
    lapsed = await fixture.pay(amy, ben)
    await fixture.advance()
    fixture.setTime(WINDOW_MS + GRACE_MS)
    claimed = await fixture.reserve(amy, ben)
    open = await fixture.reserve(amy, ben)
    await fixture.claim(ben, { payment: claimed, payer: amy, amount: toMicroTokens(7) })
    await fixture.advance()
  })

  const writes: readonly (readonly [string, Identity, () => Promise<unknown>])[] = [
    ['pay', amy, () => fixture.pay(amy, ben)],
    ['reserve', amy, () => fixture.reserve(amy, ben)],
    ['claim', ben, () => fixture.claim(ben, { payment: open, payer: amy, amount: toMicroTokens(5) })],
    ['reclaim', amy, () => fixture.reclaim(amy, lapsed)],
    ['release', amy, () => fixture.release(amy, claimed)],
  ]

  it.each(writes)('loses a %s that became certified here alone', async (_, writer, write) => {
    const { next, before } = await certifyAlone(writer, write)
    await applyCheckpoint(fixture.store, genesis, next, saveNothing)
    expect(await standing(writer)).toEqual(before)
    const { account } = writer
    const vote = await fixture.store
      .shardOf(account)
      .transaction((transaction) => transaction.vote(account, before.seq + 1))
    expect(vote).toBeUndefined()
  })

  it('loses a grant that was collected there', async () => {
    const who = testIdentity(77)
    await fixture.write(who, openEntry(who.account, fixture.ledger.at(now()), fixture.ledger))
    await fixture.advance()
    const { next, before } = await certifyAlone(who, () => {
      const grant = starterGrant(who.account)
      const at = fixture.ledger.at(now())
      return fixture.write(who, collectEntry(fixture.ledger.state(who), grant, at, fixture.ledger))
    })
    await applyCheckpoint(fixture.store, genesis, next, saveNothing)
    expect(await standing(who)).toEqual(before)
  })

  it.each([1, 2, 3, 4, 5, 6, 7])(
    'loses a claim and lets its payment lapse when the process crashes (before transaction %i)',
    async (crash) => {
      const claim = (): Promise<void> => fixture.claim(ben, { payment: open, payer: amy })
      const { next, before } = await certifyAlone(ben, claim, [{ type: 'lapse', payment: open.hash }])
      const crashing = crashingAt(fixture.store, crash)
      await applyCheckpoint(crashing, genesis, next, saveNothing).catch(() => undefined)
      await finishApplying(fixture.store, genesis)
      // Whoever crashed before it was noted applies it when others tell of it.
      await applyCheckpoint(fixture.store, genesis, next, saveNothing)
      expect(await standing(ben)).toEqual({
        ...before,
        payments: before.payments.map((payment) =>
          payment.hash === open.hash ? { ...payment, state: 'lapsed' } : payment,
        ),
      })
    },
  )

  const now = (): number => fixture.final().timeMs

  /** Lets an entry become certified here, which a checkpoint without it declares void. */
  async function certifyAlone(
    writer: Identity,
    write: () => Promise<unknown>,
    more: readonly Fact[] = [],
  ): Promise<{ next: FinalCheckpoint; before: Awaited<ReturnType<typeof standing>> }> {
    const { stored } = await buildNext(fixture)
    const before = await standing(writer)
    await write()
    const { account } = writer
    const facts = encodeFacts(sortFacts([...more, { type: 'void', account, seq: before.seq + 1 }]))
    return { next: { stored: { ...stored, facts }, leaves: [] }, before }
  }

  /** Where an account stands, the sums, and all payments as their parties' shards know them. */
  async function standing({ account }: Identity) {
    const { store, ledger } = fixture
    const state = await store.shardOf(account).transaction((transaction) => transaction.account(account))
    const hashes = [...ledger.payments.keys()].sort()
    const payments = await Promise.all(
      hashes.flatMap((hash) =>
        [amy, ben].map((party) =>
          store.shardOf(party.account).transaction((transaction) => transaction.payment(hash)),
        ),
      ),
    )
    const known = payments.filter((payment) => payment !== undefined)
    return { state, seq: state?.seq ?? -1, sums: await store.sums(), payments: known }
  }
})
