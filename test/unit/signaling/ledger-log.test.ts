import { describe, expect, it } from 'vitest'
import { createLedgerService } from '../../../signaling/ledger-service.ts'
import type { CertifiedEntry } from '../../../src/domain/ledger/certificate.ts'
import { proveFork } from '../../../src/domain/ledger/fork-proof.ts'
import { encodeFraudProof } from '../../../src/domain/ledger/fraud-proof.ts'
import { certifiedSignatures } from '../../../src/domain/ledger/verify-entry.ts'
import { encodeLedgerRequest } from '../../../src/protocols/ledger.ts'
import { MAX_PUBLIC_LOG_BYTES } from '../../../src/protocols/ledger-replies.ts'
import { openFederation, type Federation } from '../../support/federation.ts'
import { ann, bob, cat, expectRejection, rejectionOf, START_MS, testIdentity } from '../../support/ledger.ts'
import { clock, fund, openSoleAuthority, openStore, paid, payment, verifier } from './authority-fixture.ts'

const halfHour = 1_800_000

/** Everything that one authority's log holds, read part by part. */
async function readLog(
  federation: Federation,
  authority: number,
  sinceMs = 0,
): Promise<readonly CertifiedEntry[]> {
  const certifier = federation.certifierOf(cat)
  const source = federation.members[authority]?.identity.peerId ?? cat.peerId
  const read: CertifiedEntry[] = []
  for (let shard = 0, shards = 1; shard < shards; shard++) {
    let position: number | undefined
    for (;;) {
      const part = await certifier.log(source, { shard, position, sinceMs })
      shards = part.shards
      if (part.entries.length === 0) break
      position = part.nextPosition
      read.push(...part.entries)
    }
  }
  return read
}

describe('the public log of an authority', () => {
  it('gives every certified entry to every peer, with proofs', async () => {
    const federation = await openFederation(4)
    await fund(federation, ann)
    await paid(federation, ann, bob)
    await federation.synchronize()
    for (const authority of [0, 3]) {
      const entries = await readLog(federation, authority)
      expect(entries.map(({ signed }) => signed.entry.operation.type)).toEqual(['open', 'collect', 'pay'])
      const signatures = entries.flatMap((entry) => certifiedSignatures(entry, federation.genesis, []))
      expect(signatures).toHaveLength(3 * (1 + 3))
      expect(await verifier.verify(signatures)).toBe(true)
    }
  })

  it('comes in as many logs as the database has shards', async () => {
    const authority = await openSoleAuthority({ store: await openStore(':memory:', ':memory:', ':memory:') })
    const people = Array.from({ length: 12 }, (_, index) => testIdentity(10 + index))
    for (const person of people) await fund(authority, person)
    const pages = await Promise.all([0, 1, 2].map((shard) => authority.log(shard, 1)))
    expect(pages.every(({ shards, entries }) => shards === 3 && entries.length > 0)).toBe(true)
    expect(pages.reduce((sum, { entries }) => sum + entries.length, 0)).toBe(24)
    await expectRejection(() => authority.positionSince(3, 0), 'bad-input')
  })

  it('begins where the entries of a time begin, whatever was certified late', async () => {
    const authority = await openSoleAuthority()
    const people = Array.from({ length: 40 }, (_, index) => testIdentity(10 + index))
    await fund(authority, ann)
    const late = await payment(authority, ann, bob)
    for (const [at, person] of people.entries()) {
      clock.atMs = START_MS + at * halfHour
      await fund(authority, person)
      if (at === 30) await authority.submit(late)
    }
    for (const at of [0, 1, 17, 32, 39]) {
      const sinceMs = START_MS + at * halfHour
      const { entries } = await authority.log(0, await authority.positionSince(0, sinceMs))
      expect(entries.length).toBeGreaterThanOrEqual(2 * (40 - at))
      expect(entries.length).toBeLessThan(2 * (40 - at) + 20)
    }
    const end = await authority.positionSince(0, START_MS + 41 * halfHour)
    expect((await authority.log(0, end)).entries).toEqual([])
  })

  it('gives no more than fits into an answer', async () => {
    const authority = await openSoleAuthority()
    await fund(authority, ann)
    const [first] = (await authority.log(0, 1)).entries
    const size = (first?.entryWire.length ?? 0) + (first?.certificateWire.length ?? 0)
    const part = await authority.log(0, 1, size)
    expect(part.entries).toHaveLength(1)
    expect((await authority.log(0, part.nextPosition, MAX_PUBLIC_LOG_BYTES)).entries).toHaveLength(1)
  })

  it('is not read faster than one peer, or all of them, may', async () => {
    const authority = await openSoleAuthority()
    const answer = createLedgerService({
      authority,
      replication: { whenCaughtUp: (task) => task() },
      checkpoints: {
        newest: () => Promise.resolve(undefined),
        standing: () => Promise.resolve(undefined),
        facts: () => Promise.resolve(undefined),
      },
    })
    const request = encodeLedgerRequest({ type: 'log', shard: 0, position: 1, sinceMs: 0 })
    const readAs = async (number: number): Promise<number> => {
      for (let parts = 0; ; parts++) {
        if ((await rejectionOf(() => answer(request, testIdentity(number).peerId))) === 'rate-limited')
          return parts
      }
    }
    const first = await readAs(10)
    expect(first).toBeGreaterThanOrEqual(128)
    expect(first).toBeLessThan(160)
    const others = [await readAs(11), await readAs(12), await readAs(13), await readAs(14)]
    expect(others[0]).toBeGreaterThan(100)
    expect(others.at(-1)).toBeLessThan(100)
  })
})

describe('what an authority tells of frauds', () => {
  it('is the proof against each frozen account that is asked for, and nothing of others', async () => {
    const federation = await openFederation(4)
    await fund(federation, ann)
    await fund(federation, bob)
    const certifier = federation.certifierOf(cat)
    expect(await certifier.frauds([ann.peerId, bob.peerId, cat.peerId])).toEqual([])
    const one = await payment(federation, ann, bob)
    const other = await payment(federation, ann, cat)
    const proof = proveFork(
      { signed: one, certificate: undefined },
      { signed: other, certificate: undefined },
    )
    if (proof === undefined) throw new Error('The two payments prove nothing')
    const fraud = { type: 'fork-proof', proof } as const
    for (const { authority } of federation.members) await authority.reportFraud(encodeFraudProof(fraud))
    const told = await certifier.frauds([bob.peerId, ann.peerId])
    expect(told.length).toBeGreaterThanOrEqual(3)
    expect(told.map(encodeFraudProof)).toEqual(told.map(() => encodeFraudProof(fraud)))
    expect(await certifier.frauds([bob.peerId])).toEqual([])
  })
})
