import { expect, it } from 'vitest'
import { createMemoryLedgerStore } from '../../../src/adapters/storage-memory/memory-ledger-store.ts'
import type { LedgerNews } from '../../../src/domain/gossip/ledger-watch.ts'
import { encodeFraudProof, parseFraudProof } from '../../../src/domain/ledger/fraud-proof.ts'
import type { EntryHash, SignedEntry } from '../../../src/domain/ledger/entry.ts'
import { proveFork } from '../../../src/domain/ledger/fork-proof.ts'
import { createForkWatch } from '../../../src/peer/fork-watch.ts'
import type { LedgerStore } from '../../../src/ports/ledger-store.ts'
import { ann, bob, genesis, START_MS } from '../../support/ledger.ts'
import { referenceVerifier } from '../../support/reference-verifier.ts'
import { certificateOf, entryAt, operations } from '../../support/slot-entries.ts'

const [first, second] = [1, 2].map((number) => entryAt(ann, 5, operations.reserve(number))) as [
  SignedEntry,
  SignedEntry,
]
const entry = (signed: SignedEntry): LedgerNews => ({ type: 'entry', signed })

/** A watch over a store, and what it told. */
function open(
  ledgerStore: Pick<
    LedgerStore,
    'putForkProof' | 'listForkProofs' | 'newestCheckpoint'
  > = createMemoryLedgerStore(),
) {
  const told = {
    news: [] as LedgerNews[],
    certified: [] as EntryHash[],
    claimed: [] as EntryHash[],
    failures: [] as unknown[],
  }
  const watch = createForkWatch(
    { ledgerStore, signatureVerifier: referenceVerifier, clock: { nowMs: () => START_MS }, genesis },
    {
      announce: (news) => told.news.push(news),
      onCertified: ({ signed }) => told.certified.push(signed.hash),
      onClaimed: (payments) => told.claimed.push(...payments),
      onCheckpoint: () => undefined,
      onFailure: (error) => told.failures.push(error),
    },
  )
  return { watch, told, ledgerStore }
}

it('makes a proof of two reserves that are offered at one place, keeps it and tells everybody', async () => {
  const { watch, told, ledgerStore } = open()
  watch.note(first)
  watch.note(first)
  expect(watch.isFrozen(ann.account)).toBe(false)
  watch.note(second)
  expect(watch.isFrozen(ann.account)).toBe(true)
  expect(told.news.map(({ type }) => type)).toEqual(['entry', 'fork-proof', 'entry'])
  expect((await ledgerStore.listForkProofs()).map(parseFraudProof)).toEqual([told.news[1]])
})

it('keeps a proof that comes from others, and leaves it to them to tell', async () => {
  const { watch, told, ledgerStore } = open()
  const proof = proveFork(
    { signed: first, certificate: undefined },
    { signed: second, certificate: undefined },
  )
  if (proof === undefined) throw new Error('No proof')
  expect(await watch.judge({ type: 'fork-proof', proof })).toBe('accept')
  expect(await watch.judge({ type: 'fork-proof', proof })).toBe('ignore')
  expect([told.news, watch.isFrozen(ann.account)]).toEqual([[], true])
  expect(await ledgerStore.listForkProofs()).toEqual([encodeFraudProof({ type: 'fork-proof', proof })])
})

it('knows after a restart what it knew', async () => {
  const { watch, ledgerStore } = open()
  watch.note(first)
  watch.note(second)
  const { watch: later } = open(ledgerStore)
  expect(later.isFrozen(ann.account)).toBe(false)
  await later.start()
  expect([later.isFrozen(ann.account), later.isFrozen(bob.account)]).toEqual([true, false])
})

it('says which entries became final, and which payments a claim among them settles', async () => {
  const { watch, told } = open()
  const claim = entryAt(bob, 5, operations.claim(1))
  await watch.judge({ type: 'certificate', certificate: certificateOf(claim) })
  await watch.judge(entry(claim))
  await watch.judge(entry(entryAt(bob, 6)))
  await watch.judge({ type: 'certificate', certificate: certificateOf(entryAt(bob, 6)) })
  expect(told.certified).toEqual([claim.hash, entryAt(bob, 6).hash])
  expect(told.claimed).toEqual(claim.entry.operation.type === 'claim' ? claim.entry.operation.sources : [])
})

it('counts a proof that can not be kept, and says so', async () => {
  const full = new Error('Full')
  const { watch, told } = open({
    ...createMemoryLedgerStore(),
    putForkProof: () => Promise.reject(full),
  })
  await watch.judge(entry(first))
  await watch.judge(entry(second))
  expect([watch.isFrozen(ann.account), told.failures]).toEqual([true, [full]])
})
