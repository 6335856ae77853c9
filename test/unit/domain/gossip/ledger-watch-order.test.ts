import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Verdict } from '../../../../src/domain/gossip/ledger-watch.ts'
import { forkIdOf } from '../../../../src/domain/ledger/fork-proof.ts'
import { ann, bob, cat, testIdentity } from '../../../support/ledger.ts'
import { entryAt, operations } from '../../../support/slot-entries.ts'
import { certificate, entry, openWatch, pay } from './watch-fixture.ts'

describe('any order, repetition and loss', () => {
  const dan = testIdentity(4)
  const honest = [1, 2, 3, 4].flatMap((seq) => [
    entry(entryAt(bob, seq, operations.pay(seq))),
    certificate(entryAt(bob, seq, operations.pay(seq))),
  ])
  /** A claim that was refused, and what came in its place. */
  const replaced = [
    entry(entryAt(cat, 2, operations.claim(1))),
    entry(entryAt(cat, 2, operations.pay(1))),
    certificate(entryAt(cat, 2, operations.pay(1))),
  ]
  const forks = [
    entry(pay(1)),
    entry(pay(2)),
    entry(pay(3)),
    certificate(pay(2)),
    entry(entryAt(dan, 3, operations.reserve(1))),
    entry(entryAt(dan, 3, operations.claim(1))),
    certificate(entryAt(dan, 3, operations.claim(1))),
  ]
  const all = [...honest, ...replaced, ...forks]

  const places = all.map((_, at) => at)

  /** What a watch knows after the news at these places of `all`. */
  async function learn(order: readonly number[]) {
    const { judge, told, isFrozen } = openWatch()
    const verdicts = new Set<Verdict>()
    for (const at of order) verdicts.add(await judge(all[at] ?? entry(pay(1))))
    return {
      isBlamed: verdicts.has('reject'),
      frauds: told.frauds.map((fraud) => (fraud.type === 'fork-proof' ? forkIdOf(fraud.proof) : '')).sort(),
      certified: told.certified
        .filter(({ signed }) => !isFrozen(signed.entry.account))
        .map(({ signed }) => signed.hash)
        .sort(),
      frozen: [ann, bob, cat, dan].map(({ account }) => isFrozen(account)),
    }
  }

  it('lead to the same proofs, frozen accounts and certified entries, and nobody is blamed', async () => {
    const expected = await learn(places)
    expect(expected).toMatchObject({ isBlamed: false, frozen: [true, false, false, true] })
    expect(expected.certified).toHaveLength(5)
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom(...places), { maxLength: 20 }),
        fc.shuffledSubarray(places, { minLength: places.length }),
        async (some, whole) => {
          expect(await learn([...some, ...whole])).toEqual(expected)
        },
      ),
      { numRuns: 25 },
    )
  }, 60_000)
})
