import { expect, it } from 'vitest'
import { openAuthorityStore } from '../../../signaling/authority-store/open-authority-store.ts'
import { recordDoubleVote, recordFork } from '../../../signaling/authority/fraud-records.ts'
import { readKeptFrauds } from '../../../signaling/kept-frauds.ts'
import type { Identity } from '../../../src/domain/identity/identity.ts'
import { signVote } from '../../../src/domain/ledger/certificate.ts'
import { proveDoubleVote, type DoubleVote } from '../../../src/domain/ledger/double-vote.ts'
import { authority, testIdentity } from '../../support/ledger.ts'
import { entryAt, forkAt, operations } from '../../support/slot-entries.ts'

const entries = (identity: Identity) => [1, 2].map((number) => entryAt(identity, 1, operations.pay(number)))

function doubleVote(): DoubleVote {
  const [a, b] = entries(testIdentity(1)).map((signed) => ({
    signed,
    signature: signVote(authority, 0, signed).signature,
  }))
  const evidence = a && b && proveDoubleVote(0, a, b)
  if (evidence === undefined) throw new Error('Two votes at one place are evidence')
  return evidence
}

it('finds the proofs of all shards, and which are in force: not those of accounts that were thawed', async () => {
  const store = await openAuthorityStore([':memory:', ':memory:'])
  const forkers = Array.from({ length: 12 }, (_, number) => testIdentity(number))
  for (const identity of forkers) {
    await store
      .shardOf(identity.account)
      .transaction((transaction) => recordFork(transaction, forkAt(identity, 1)))
  }
  await store.home.transaction((home) => recordDoubleVote(home, doubleVote()))
  const [thawed] = forkers
  if (thawed === undefined) throw new Error('There are forkers')
  const { account } = thawed
  await store
    .shardOf(account)
    .transaction((transaction) => transaction.putStatus(account, { frozenAtSeq: null, bannedUntilMs: 0 }))

  const { count, inForce } = await readKeptFrauds(store)
  expect(count).toBe(13)
  expect(inForce.map(({ type }) => type).toSorted()).toEqual([
    'double-vote',
    ...Array.from({ length: 11 }, () => 'fork-proof'),
  ])
  expect(inForce).not.toContainEqual({ type: 'fork-proof', proof: forkAt(thawed, 1) })
  await store.close()
})
