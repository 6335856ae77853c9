import { beforeEach, describe, expect, it } from 'vitest'
import type { AuthorityStore, ShardTransaction } from '../../../signaling/authority-store/authority-store.ts'
import { openAuthorityStore } from '../../../signaling/authority-store/open-authority-store.ts'
import { recordFork } from '../../../signaling/authority/fraud-records.ts'
import { noteDecided } from '../../../signaling/authority/holds.ts'
import { closeFork, readOpenForks } from '../../../signaling/authority/open-forks.ts'
import type { Identity } from '../../../src/domain/identity/identity.ts'
import { slotOf } from '../../../src/domain/ledger/fork-proof.ts'
import { testIdentity } from '../../support/ledger.ts'
import { sampleState } from '../../contract/sample-ledger.ts'
import { forkAt } from '../../support/slot-entries.ts'

let store: AuthorityStore
beforeEach(async () => {
  store = await openAuthorityStore([':memory:'])
})

function at<T>(task: (transaction: ShardTransaction) => Promise<T>): Promise<T> {
  return store.home.transaction(task)
}

function fork(identity: Identity, seq = 1): Promise<boolean> {
  return at((transaction) => recordFork(transaction, forkAt(identity, seq)))
}

async function waiting(limit = 9): Promise<readonly string[]> {
  return (await at((transaction) => readOpenForks(transaction, limit))).map(({ proof }) =>
    slotOf(proof.e1.entry),
  )
}

const slot = ({ account }: Identity, seq = 1): string => slotOf({ account, seq })

describe('proven forks', () => {
  it('wait in the order of the checkpoints before which they came', async () => {
    const forkers = Array.from({ length: 5 }, (_, number) => testIdentity(number))
    for (const [height, identity] of forkers.entries()) {
      await fork(identity)
      await at((transaction) => noteDecided(transaction, height + 1))
    }
    expect(await waiting()).toEqual(forkers.map((identity) => slot(identity)))
    expect(await waiting(2)).toHaveLength(2)
  })

  it('wait behind those of accounts with more than their opening, which cost something', async () => {
    const [cheap, opened, used] = [1, 2, 3].map(testIdentity) as [Identity, Identity, Identity]
    await at((transaction) => transaction.putAccount(sampleState(opened, { seq: 0 })))
    await at((transaction) => transaction.putAccount(sampleState(used, { seq: 1 })))
    for (const identity of [cheap, opened]) await fork(identity)
    await at((transaction) => noteDecided(transaction, 7))
    await fork(used, 2)
    expect((await waiting())[0]).toBe(slot(used, 2))
    expect(await waiting()).toHaveLength(3)
  })

  it('of one account wait together: the earliest place stands for all', async () => {
    const [one, other] = [testIdentity(1), testIdentity(2)]
    await fork(one, 5)
    await at((transaction) => noteDecided(transaction, 1))
    await fork(other)
    expect([await fork(one, 7), await fork(one, 5), await fork(one, 3)]).toEqual([false, false, true])
    expect(await waiting()).toEqual([slot(one, 3), slot(other)])
  })

  it('wait no longer when their account is dealt with', async () => {
    const [one, other] = [testIdentity(1), testIdentity(2)]
    for (const identity of [one, other]) await fork(identity)
    for (let times = 0; times < 2; times += 1) {
      await at((transaction) => closeFork(transaction, one.account))
    }
    expect(await waiting()).toEqual([slot(other)])
  })
})
