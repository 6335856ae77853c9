import { describe, expect, it } from 'vitest'
import { createSeenEntries } from '../../../../src/domain/gossip/seen-entries.ts'
import type { SignedEntry } from '../../../../src/domain/ledger/entry.ts'
import { ann, authority, bob, cat, testIdentity } from '../../../support/ledger.ts'
import { certificateOf, entryAt, operations } from '../../../support/slot-entries.ts'

const small = { accounts: 2, newcomers: 2, window: 2, perSlot: 3, entries: 100 }
const pay = (number: number, seq = 5) => entryAt(ann, seq, operations.pay(number))
const claim = (number: number, seq = 5) => entryAt(ann, seq, operations.claim(number))
const kinds = (frauds: readonly { readonly type: string }[]) => frauds.map(({ type }) => type)

describe('entries and certificates', () => {
  it('are certified when the last of both comes, whichever it is', () => {
    const [first, second] = [createSeenEntries(), createSeenEntries()]
    const [signed, certificate] = [pay(1), certificateOf(pay(1))]
    expect(first.addEntry(signed).certified).toBeUndefined()
    expect(first.addCertificate(certificate).certified).toEqual({ signed, certificate })
    expect(second.addCertificate(certificate).certified).toBeUndefined()
    expect(second.addEntry(signed).certified).toEqual({ signed, certificate })
  })

  it('are new once', () => {
    const seen = createSeenEntries()
    expect([seen.addEntry(pay(1)).isNew, seen.addEntry(pay(1)).isNew]).toEqual([true, false])
    const certificate = certificateOf(pay(1))
    expect([seen.addCertificate(certificate), seen.addCertificate(certificate)]).toMatchObject([
      { isNew: true },
      { isNew: false },
    ])
    expect([seen.hasEntry(pay(1)), seen.hasCertificate(certificate)]).toEqual([true, true])
    expect([seen.hasEntry(pay(2)), seen.hasCertificate(certificateOf(pay(2)))]).toEqual([false, false])
  })

  it('admit their account with the first certificate', () => {
    const seen = createSeenEntries()
    seen.addEntry(pay(1))
    expect(seen.isAdmitted(ann.account)).toBe(false)
    seen.addCertificate(certificateOf(pay(1)))
    expect([seen.isAdmitted(ann.account), seen.isAdmitted(bob.account)]).toEqual([true, false])
  })
})

describe('a fork', () => {
  it('is seen when the second spend comes', () => {
    const seen = createSeenEntries()
    expect(seen.addEntry(pay(1)).frauds).toEqual([])
    expect(kinds(seen.addEntry(pay(2)).frauds)).toEqual(['fork-proof'])
  })

  it('is seen when a spend’s rival turns out to be certified', () => {
    const seen = createSeenEntries()
    seen.addEntry(pay(1))
    expect(seen.addEntry(claim(1)).frauds).toEqual([])
    expect(kinds(seen.addCertificate(certificateOf(claim(1))).frauds)).toEqual(['fork-proof'])
  })

  it('is seen although many refused claims came between its spends', () => {
    const seen = createSeenEntries(small)
    seen.addEntry(pay(1))
    for (let n = 0; n < 10; n++) expect(seen.addEntry(claim(n)).frauds).toEqual([])
    expect(kinds(seen.addEntry(pay(2)).frauds)).toEqual(['fork-proof'])
  })

  it('takes no more memory however many spends there are at the place', () => {
    const seen = createSeenEntries()
    const news = Array.from({ length: 10 }, (_, n) => seen.addEntry(pay(n)).isNew)
    expect(news.filter(Boolean)).toHaveLength(2)
  })

  it('with a certificate for both branches shows who voted twice', () => {
    const seen = createSeenEntries()
    const voters = [
      [0, authority],
      [1, bob],
    ] as const
    const others = [
      [1, bob],
      [2, cat],
    ] as const
    seen.addEntry(pay(1))
    seen.addEntry(pay(2))
    seen.addCertificate(certificateOf(pay(1), voters))
    const { frauds } = seen.addCertificate(certificateOf(pay(2), others))
    expect(frauds).toMatchObject([
      { type: 'fork-proof' },
      { type: 'double-vote', evidence: { authority: 1 } },
    ])
  })
})

describe('memory', () => {
  it('keeps to places near the newest certified entry, so that nonsense far away pushes nothing out', () => {
    const seen = createSeenEntries(small)
    seen.addCertificate(certificateOf(pay(0, 4)))
    seen.addEntry(pay(1))
    for (const seq of [1, 2, 7, 8, 1_000, 10_000]) expect(seen.addEntry(pay(1, seq)).isNew).toBe(false)
    expect(kinds(seen.addEntry(pay(2)).frauds)).toEqual(['fork-proof'])
  })

  it('moves on with the account', () => {
    const seen = createSeenEntries(small)
    seen.addEntry(pay(1, 1))
    seen.addCertificate(certificateOf(pay(1, 10)))
    expect(seen.hasEntry(pay(1, 1))).toBe(false)
    expect(seen.addEntry(pay(1, 12)).isNew).toBe(true)
    expect(seen.addCertificate(certificateOf(pay(1, 1))).isNew).toBe(false)
  })

  it('of accounts with a certified entry is not pushed out by new keys', () => {
    const seen = createSeenEntries(small)
    seen.addEntry(pay(1))
    seen.addCertificate(certificateOf(pay(1)))
    const newcomers = [11, 12, 13].map((number) => entryAt(testIdentity(number), 1))
    for (const signed of newcomers) seen.addEntry(signed)
    expect(newcomers.map((signed) => seen.hasEntry(signed))).toEqual([false, true, true])
    expect(kinds(seen.addEntry(pay(2)).frauds)).toEqual(['fork-proof'])
  })

  it('of entries altogether is bounded: newcomers and whoever was heard of longest ago give way', () => {
    const seen = createSeenEntries({ ...small, accounts: 10, newcomers: 10, entries: 3 })
    const entries = [11, 12, 13, 14, 15].map((number) => entryAt(testIdentity(number), 1))
    const add = (signed: SignedEntry | undefined, isCertified = false) => {
      if (signed === undefined) throw new Error('No entry')
      if (isCertified) seen.addCertificate(certificateOf(signed))
      seen.addEntry(signed)
    }
    add(entries[0], true)
    add(entries[1], true)
    add(entries[2])
    add(entries[3], true)
    expect(entries.map((signed) => seen.hasEntry(signed))).toEqual([true, true, false, true, false])
    add(entries[4], true)
    expect(entries.map((signed) => seen.hasEntry(signed))).toEqual([false, true, false, true, true])
  })
})

describe('an entry is superseded', () => {
  it('when another one is certified in its place, or in that of its parent', () => {
    const seen = createSeenEntries()
    const certified = pay(1, 4)
    seen.addCertificate(certificateOf(certified))
    expect(seen.isSuperseded(certified)).toBe(false)
    expect(seen.isSuperseded(pay(2, 4))).toBe(true)
    expect(seen.isSuperseded(pay(1, 5))).toBe(true)
    expect(seen.isSuperseded(entryAt(ann, 5, operations.pay(1), { prev: certified.hash }))).toBe(false)
    expect(seen.isSuperseded(pay(1, 6))).toBe(false)
    expect(seen.isSuperseded(entryAt(bob, 5))).toBe(false)
  })
})
