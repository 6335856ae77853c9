import { expect, it } from 'vitest'
import { createMemoryContextStore } from '../../../src/adapters/storage-memory/memory-context-store.ts'
import { createWebCryptoSignatureVerifier } from '../../../src/adapters/webcrypto/webcrypto-signature-verifier.ts'
import { signDescriptor } from '../../../src/domain/content/descriptor-codec.ts'
import type { SignedDescriptor } from '../../../src/domain/content/descriptor.ts'
import type { Identity } from '../../../src/domain/identity/identity.ts'
import { LoremeshError } from '../../../src/domain/kernel/errors.ts'
import { createCertificate, signVote } from '../../../src/domain/ledger/certificate.ts'
import { openEntry } from '../../../src/domain/ledger/entry-builders.ts'
import { signEntry } from '../../../src/domain/ledger/entry-codec.ts'
import type { SignedEntry } from '../../../src/domain/ledger/entry.ts'
import type { SpaceId } from '../../../src/domain/retrieval/embedding.ts'
import { createCatalogue } from '../../../src/peer/catalogue.ts'
import { createGossip } from '../../../src/peer/gossip.ts'
import type { GossipMessage } from '../../../src/ports/network.ts'
import { ann, authority, bob, cat, genesis, START_MS, testIdentity } from '../../support/ledger.ts'
import { testDescriptor } from '../../support/test-contexts.ts'

/** A peer's gossip, with a clock that `time` sets and a store that breaks when told to. */
function open() {
  const time = { ms: 0 }
  const store = { isFull: false }
  const contextStore = createMemoryContextStore()
  const guardedStore = {
    ...contextStore,
    putDescriptors: (descriptors: readonly SignedDescriptor[]) =>
      store.isFull
        ? Promise.reject(new LoremeshError('storage-full', 'Full'))
        : contextStore.putDescriptors(descriptors),
  }
  const gossip = createGossip(
    {
      identity: testIdentity(9),
      network: { publish: () => Promise.resolve() },
      contextStore,
      catalogue: createCatalogue(
        { identity: testIdentity(9), contextStore: guardedStore },
        { space: 'tests@1' as SpaceId, dimensions: 2 },
      ),
      signatureVerifier: createWebCryptoSignatureVerifier(),
      clock: { nowMs: () => START_MS + time.ms, monotonicMs: () => time.ms },
      genesis,
    },
    { onClaimed: () => undefined },
  )
  const judge = (message: GossipMessage, from = bob) => gossip.judge(message, from.peerId)
  return {
    time,
    store,
    hear: (...descriptors: SignedDescriptor[]) => judge({ type: 'descriptors', descriptors }),
    hearEntry: (signed: SignedEntry, from?: Identity) => judge({ type: 'entry', signed }, from),
    hearCertificate: (signed: SignedEntry, from?: Identity) =>
      judge({ type: 'certificate', certificate: certify(signed) }, from),
  }
}

/** An entry of the account, another one for every `at`. */
const entryOf = (owner: Identity, at = 0): SignedEntry =>
  signEntry(owner, openEntry(owner.account, genesis, START_MS + at))

const certify = (signed: SignedEntry) => createCertificate(signed, [signVote(authority, 0, signed)])

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
  const { hear, time } = open()
  const { descriptor } = testDescriptor(ann, 1)
  const future = signDescriptor(ann, { ...descriptor, createdAtMs: START_MS + 120_001 })
  expect(await hear(future)).toBe('ignore')
  time.ms = 1
  expect(await hear(future)).toBe('accept')
})

it('an entry is spread once, before its certificate and after', () => {
  const { hearEntry, hearCertificate } = open()
  const signed = entryOf(ann)
  expect(hearEntry(signed)).toBe('accept')
  expect(hearEntry(signed)).toBe('ignore')
  expect(hearCertificate(signed)).toBe('accept')
  expect(hearCertificate(signed)).toBe('ignore')
  expect(hearEntry(signed)).toBe('ignore')
})

it('a sender is judged as often as the rate allows, and nobody else suffers from it', () => {
  const { hearEntry, time } = open()
  const signed = entryOf(ann)
  for (let n = 0; n < 512; n++) void hearEntry(signed, bob)
  expect(hearEntry(entryOf(ann, 1), bob)).toBe('ignore')
  expect(hearEntry(entryOf(ann, 1), cat)).toBe('accept')
  time.ms = 1_000
  expect(hearEntry(entryOf(ann, 2), bob)).toBe('accept')
})

it('an account whose entries are never certified pushes out its own alone', () => {
  const { hearEntry, hearCertificate } = open()
  const honest = entryOf(ann)
  expect(hearEntry(honest)).toBe('accept')
  const junk = Array.from({ length: 65 }, (_, n) => entryOf(cat, n))
  for (const signed of junk) expect(hearEntry(signed)).toBe('accept')
  expect(junk.slice(0, 2).map((signed) => hearCertificate(signed))).toEqual(['ignore', 'accept'])
  expect(hearCertificate(honest)).toBe('accept')
})
