import { describe, expect, it } from 'vitest'
import type { AccountState } from '../../../src/domain/ledger/account-state.ts'
import { signEntry } from '../../../src/domain/ledger/entry-codec.ts'
import type { SignedEntry } from '../../../src/domain/ledger/entry.ts'
import { encodeFraudProof } from '../../../src/domain/ledger/fraud-proof.ts'
import { proveFork } from '../../../src/domain/ledger/fork-proof.ts'
import { ann, bob, cat, expectRejection } from '../../support/ledger.ts'
import { clock, fund, opening, openSoleAuthority, payment, write } from './authority-fixture.ts'

describe('an account that signed two spends at one place', () => {
  async function fork() {
    const authority = await openSoleAuthority()
    await fund(authority, ann)
    const first = await payment(authority, ann, bob)
    const second = await payment(authority, ann, cat)
    await authority.vote(first.wire)
    return { authority, first, second }
  }
  const proofOf = (a: SignedEntry, b: SignedEntry) => {
    const proof = proveFork({ signed: a, certificate: undefined }, { signed: b, certificate: undefined })
    if (proof === undefined) throw new Error('These prove nothing')
    return { type: 'fork-proof', proof } as const
  }

  it('is reported once and gets no more votes, but the one that it has', async () => {
    const { authority, first, second } = await fork()
    await expectRejection(() => authority.vote(second.wire), 'conflicting-entry')
    await expectRejection(() => authority.vote(second.wire), 'conflicting-entry')
    expect(authority.proven).toEqual([proofOf(first, second)])
    expect((await authority.state(ann)).frozen).toBe(true)
    const next = await payment(
      { ...authority, state: async () => unfrozen(await authority.state(ann)) },
      ann,
      bob,
    )
    await expectRejection(() => authority.submit(next), 'account-frozen')
    await authority.vote(first.wire)
  })

  it('is frozen when somebody else proves it, and reported once then, too', async () => {
    const { authority, first, second } = await fork()
    const wire = encodeFraudProof(proofOf(first, second))
    await authority.reportFraud(wire)
    await authority.reportFraud(wire)
    expect(authority.proven).toEqual([proofOf(first, second)])
    expect((await authority.state(ann)).frozen).toBe(true)
  })

  it('ahead of what is certified is frozen as soon as its chain has come there, at the first of such places', async () => {
    const authority = await openSoleAuthority()
    await fund(authority, ann)
    const parent = await payment(authority, ann, bob)
    const forkAt = (seq: number) => {
      const [a, b] = [1, 2].map((offset) =>
        signEntry(ann, {
          ...parent.entry,
          seq,
          prev: parent.hash,
          timestampMs: parent.entry.timestampMs + offset,
        }),
      )
      if (a === undefined || b === undefined) throw new Error('There are no entries')
      return proofOf(a, b)
    }
    const next = parent.entry.seq + 1
    for (const seq of [77, next, 78]) {
      await expectRejection(() => authority.reportFraud(encodeFraudProof(forkAt(seq))), 'unknown-parent')
    }
    expect(authority.proven).toEqual([])
    await authority.vote(parent.wire)
    expect(authority.proven).toEqual([forkAt(next)])
    expect((await authority.state(ann)).frozen).toBe(true)
  })

  it('is not frozen for what proves nothing or is wrongly signed', async () => {
    const { authority, first, second } = await fork()
    const forged = encodeFraudProof(proofOf(first, second))
    forged[forged.length - 20] = (forged[forged.length - 20] ?? 0) ^ 1
    await expectRejection(() => authority.reportFraud(forged), 'bad-signature')
    await expectRejection(() => authority.reportFraud(forged.subarray(1)), 'bad-encoding')
    const other = { ...opening(authority, ann).entry, timestampMs: clock.atMs + 1 }
    await expectRejection(() => write(authority, ann, other), 'conflicting-entry')
    expect(authority.proven).toEqual([])
  })
})

function unfrozen(state: AccountState): AccountState {
  return { ...state, frozen: false }
}
