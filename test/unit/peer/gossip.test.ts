import { expect, it } from 'vitest'
import { openNodePassageIndex } from '../../../src/adapters/passage-index/node-passage-index.ts'
import { createMemoryContextStore } from '../../../src/adapters/storage-memory/memory-context-store.ts'
import { createMemoryLedgerStore } from '../../../src/adapters/storage-memory/memory-ledger-store.ts'
import { createWebCryptoSignatureVerifier } from '../../../src/adapters/webcrypto/webcrypto-signature-verifier.ts'
import { signDescriptor } from '../../../src/domain/content/descriptor-codec.ts'
import type { SignedDescriptor } from '../../../src/domain/content/descriptor.ts'
import { shardTopicOf, type GossipTopic } from '../../../src/domain/gossip/topics.ts'
import { LoremeshError } from '../../../src/domain/kernel/errors.ts'
import type { SpaceId } from '../../../src/domain/retrieval/embedding.ts'
import { createCatalogue } from '../../../src/peer/catalogue.ts'
import { createForkWatch } from '../../../src/peer/fork-watch.ts'
import { createGossip, subjectOfMessage } from '../../../src/peer/gossip.ts'
import type { GossipMessage } from '../../../src/ports/network.ts'
import { ann, bob, cat, genesis, START_MS, testIdentity } from '../../support/ledger.ts'
import { createManualClock } from '../../support/manual-clock.ts'
import { certificateOf, entryAt, operations } from '../../support/slot-entries.ts'
import { testDescriptor } from '../../support/test-contexts.ts'

/** A peer's gossip, what it published, and a store that breaks when told to. */
function open() {
  const clock = createManualClock(START_MS)
  const store = { isFull: false }
  const published: GossipMessage[] = []
  const noted: GossipTopic[] = []
  const contextStore = createMemoryContextStore()
  const guardedStore = {
    ...contextStore,
    putDescriptors: (descriptors: readonly SignedDescriptor[]) =>
      store.isFull
        ? Promise.reject(new LoremeshError('storage-full', 'Full'))
        : contextStore.putDescriptors(descriptors),
  }
  const components = {
    identity: testIdentity(9),
    contextStore,
    ledgerStore: createMemoryLedgerStore(),
    catalogue: createCatalogue(
      {
        identity: testIdentity(9),
        contextStore: guardedStore,
        passageIndex: openNodePassageIndex(),
      },
      { space: 'tests@1' as SpaceId, dimensions: 2 },
    ),
    signatureVerifier: createWebCryptoSignatureVerifier(),
    clock,
    genesis,
  }
  const forkWatch = createForkWatch(components, {
    announce: () => undefined,
    onCertified: () => undefined,
    onClaimed: () => undefined,
    onCheckpoint: () => undefined,
    onFailure: () => undefined,
  })
  const gossip = createGossip({
    ...components,
    forkWatch,
    listening: { note: (topic) => void noted.push(topic) },
    network: {
      publish: (message) => {
        published.push(message)
        return Promise.resolve()
      },
    },
  })
  const judge = (message: GossipMessage, from = bob, topic: GossipTopic = subjectOfMessage(message)) =>
    gossip.judge(message, from.peerId, topic)
  return {
    ...gossip,
    clock,
    store,
    published,
    noted,
    contextStore,
    judge,
    hear: (...descriptors: SignedDescriptor[]) => judge({ type: 'descriptors', descriptors }),
  }
}

it('descriptors are spread when one of them is new here, and not again when all are known', async () => {
  const { hear } = open()
  const [first, second] = [testDescriptor(ann, 1), testDescriptor(ann, 2)]
  expect(await hear(first)).toBe('accept')
  expect(await hear(first)).toBe('ignore')
  expect(await hear(first, second)).toBe('accept')
  expect(await hear(second, first)).toBe('ignore')
})

it('descriptors that can not be stored here are spread all the same', async () => {
  const { hear, store } = open()
  store.isFull = true
  expect(await hear(testDescriptor(ann, 1))).toBe('accept')
})

it('descriptors from the future, which would stay the newest for ever, are dropped quietly', async () => {
  const { hear, clock } = open()
  const { descriptor } = testDescriptor(ann, 1)
  const future = signDescriptor(ann, { ...descriptor, createdAtMs: START_MS + 120_001 })
  expect(await hear(future)).toBe('ignore')
  await clock.advance(1)
  expect(await hear(future)).toBe('accept')
})

it('a forged descriptor costs its sender score', async () => {
  const { descriptor, wire } = testDescriptor(ann, 1)
  const forged = { descriptor, wire: wire.with(-1, (wire.at(-1) ?? 0) ^ 1) }
  expect(await open().hear(forged)).toBe('reject')
})

it('a sender that floods is judged as far as its share goes, and nobody else suffers from it', async () => {
  const { judge, clock } = open()
  const signed = entryAt(ann, 1)
  const flood = Array.from({ length: 2_000 }, () => judge({ type: 'entry', signed }, bob))
  const honest = judge({ type: 'entry', signed: entryAt(cat, 1) }, cat)
  await clock.advance(1_000)
  expect(await honest).toBe('accept')
  await clock.advance(10_000)
  expect(new Set(await Promise.all(flood))).toEqual(new Set(['accept', 'ignore']))
})

it('an account with a certified entry has a share of its own, whoever forwards its messages', async () => {
  const { judge } = open()
  await judge({ type: 'certificate', certificate: certificateOf(entryAt(ann, 1)) })
  for (let n = 0; n < 1_200; n++) void judge({ type: 'entry', signed: entryAt(cat, 1) })
  const known = judge({ type: 'entry', signed: entryAt(ann, 3) })
  const newcomer = judge({ type: 'entry', signed: entryAt(testIdentity(50), 1) })
  expect(await Promise.all([known, newcomer])).toEqual(['accept', 'ignore'])
})

it('a proof does not wait for a flood of entries', async () => {
  const { judge } = open()
  for (let n = 0; n < 1_000; n++) void judge({ type: 'entry', signed: entryAt(cat, 1) })
  const [e1, e2] = [1, 2]
    .map((number) => entryAt(ann, 5, operations.pay(number)))
    .sort((a, b) => (a.hash < b.hash ? -1 : 1))
  if (e1 === undefined || e2 === undefined) throw new Error('No entries')
  const proof = { e1, e2, certificate: undefined }
  expect(await judge({ type: 'fork-proof', proof })).toBe('accept')
})

it('entries are counted on the topic that they come on, also when there is no time for them', async () => {
  const { judge, noted } = open()
  const shard = shardTopicOf(ann.account)
  const news = { type: 'entry', signed: entryAt(ann, 1) } as const
  const verdicts = [
    await judge(news, bob, shard),
    await judge({ type: 'certificate', certificate: certificateOf(entryAt(ann, 1)) }, bob, shard),
    await judge(news, bob, 'ledger'),
  ]
  expect(verdicts).toEqual(['accept', 'accept', 'accept'])
  expect(noted).toEqual([shard, 'ledger'])
  for (let n = 0; n < 2_000; n++) void judge({ type: 'entry', signed: entryAt(cat, 1) })
  expect(noted).toHaveLength(2_002)
})

it('what is shared here is told in messages that others take', async () => {
  const { announceContexts, contextStore, published, clock } = open()
  const own = Array.from({ length: 70 }, (_, n) => testDescriptor(testIdentity(9), n))
  await contextStore.putDescriptors(own)
  const done = announceContexts(own.map(({ descriptor }) => descriptor))
  await clock.advance(0)
  await done
  const sizes = published.map((message) =>
    message.type === 'descriptors' ? message.descriptors.length : Number.NaN,
  )
  expect(sizes).toEqual([32, 32, 6])
})
