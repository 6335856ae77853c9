import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseTokens, toMicroTokens } from '../../../src/domain/kernel/micro-tokens.ts'
import type { AccountState } from '../../../src/domain/ledger/account-state.ts'
import { signAck } from '../../../src/domain/ledger/ack.ts'
import { createCertificate, verifyCertificate } from '../../../src/domain/ledger/certificate.ts'
import {
  claimEntry,
  collectEntry,
  openEntry,
  reclaimEntry,
} from '../../../src/domain/ledger/entry-builders.ts'
import { signEntry } from '../../../src/domain/ledger/entry-codec.ts'
import { parseGrant, verifyGrant } from '../../../src/domain/ledger/grant.ts'
import { ann, bob, cat, codeOf, expectRefusal, genesis } from '../../support/ledger.ts'

import {
  clock,
  fund,
  newPath,
  openAuthority,
  openStore,
  paid,
  payment,
  stateOf,
  ten,
  write,
} from './authority-fixture.ts'
describe('a single authority', () => {
  it('certifies entries at once: its vote is the certificate', () => {
    const authority = openAuthority()
    const opened = signEntry(ann, openEntry(ann.account, genesis, clock.atMs))
    const vote = authority.vote(opened.wire)
    const certificate = createCertificate(opened, [vote])
    verifyCertificate(certificate, opened, genesis)
    expect(authority.certified).toEqual([{ signed: opened, certificate }])
    expect(authority.head(ann.account, 0)).toEqual({
      state: expect.objectContaining({ head: opened.hash, seq: 0 }) as AccountState,
      entries: [{ signed: opened, certificate }],
    })
  })

  it('gives the same vote when asked again for the same entry, also much later, and counts it once', () => {
    const authority = openAuthority()
    fund(authority, ann)
    const signed = payment(authority, ann, bob)
    const vote = authority.vote(signed.wire)
    paid(authority, ann, bob)
    const before = authority.totals()
    clock.atMs += 1_000_000_000
    expect(authority.vote(signed.wire)).toEqual(vote)
    expect(authority.totals()).toEqual(before)
    expect(authority.certified.filter((entry) => entry.signed.hash === signed.hash)).toHaveLength(1)
  })

  it('votes for one entry a place only', () => {
    const authority = openAuthority()
    fund(authority, ann)
    const first = payment(authority, ann, bob)
    const second = payment(authority, ann, cat)
    authority.vote(first.wire)
    expectRefusal(() => authority.vote(second.wire), 'conflicting-entry')
    expect(authority.payment(second.hash)).toBeUndefined()
  })

  it('keeps that promise for every process that opens its database, and after a restart', () => {
    const path = newPath()
    const one = openAuthority({ store: openStore(path) })
    const other = openAuthority({ store: openStore(path) })
    fund(one, ann)
    const first = payment(one, ann, bob)
    const second = payment(other, ann, cat)
    const vote = one.vote(first.wire)
    expectRefusal(() => other.vote(second.wire), 'conflicting-entry')
    expect(other.vote(first.wire)).toEqual(vote)
    const restarted = openAuthority({ store: openStore(path) })
    expectRefusal(() => restarted.vote(second.wire), 'conflicting-entry')
    expect(stateOf(restarted, ann).head).toBe(first.hash)
  })

  it('refuses what is forged, foreign, malformed or without its parent, and stores nothing of it', () => {
    const authority = openAuthority()
    fund(authority, ann)
    const before = authority.totals()
    const good = payment(authority, ann, bob)
    const flipped = good.wire.slice()
    flipped[flipped.length - 40] = (flipped[flipped.length - 40] ?? 0) ^ 1
    expectRefusal(() => authority.vote(flipped), 'bad-signature')
    expectRefusal(() => authority.vote(good.wire.subarray(1)), 'bad-encoding')
    expectRefusal(() => authority.vote(new Uint8Array(9_000)), 'message-too-large')
    const foreign = openEntry(bob.account, { ...genesis, name: 'another' }, clock.atMs)
    expectRefusal(() => write(authority, bob, foreign), 'bad-entry')
    expectRefusal(() => write(authority, ann, { ...good.entry, seq: 9 }), 'unknown-parent')
    expectRefusal(() => write(authority, ann, { ...good.entry, credit: ten }), 'bad-entry')
    expect(authority.totals()).toEqual(before)
    authority.vote(good.wire)
  })

  it('refuses what is dated more than 120 s ahead, and takes what waited for it', () => {
    const authority = openAuthority()
    expectRefusal(
      () => write(authority, ann, openEntry(ann.account, genesis, clock.atMs + 120_001)),
      'bad-entry',
    )
    write(authority, ann, openEntry(ann.account, genesis, clock.atMs + 120_000))
    write(authority, bob, openEntry(bob.account, genesis, clock.atMs - 3_600_000))
    expect(authority.totals().accounts).toBe(2)
  })

  it('refuses a reclaim that is dated ahead to get in before the payee claims', () => {
    const authority = openAuthority()
    fund(authority, ann)
    const open = paid(authority, ann, bob)
    const early = reclaimEntry(stateOf(authority, ann), genesis, open, open.expiresAtMs)
    expect(open.expiresAtMs - clock.atMs).toBeGreaterThan(1_000)
    expectRefusal(() => write(authority, ann, early), 'bad-entry')
    expect(authority.payment(open.hash)?.state).toBe('open')
  })

  it('takes a payment through claim and reclaim, each payment once', () => {
    const authority = openAuthority()
    fund(authority, ann)
    write(authority, bob, openEntry(bob.account, genesis, clock.atMs))
    const claimed = paid(authority, ann, bob)
    const lost = paid(authority, ann, bob)
    const claim = claimEntry(
      stateOf(authority, bob),
      genesis,
      [claimed],
      [signAck(ann, claimed.hash)],
      clock.atMs,
    )
    write(authority, bob, claim)
    expect(authority.payment(claimed.hash)?.state).toBe('claimed')
    expect(stateOf(authority, bob).credit).toBe(ten)
    expectRefusal(() => {
      const again = claimEntry(
        stateOf(authority, bob),
        genesis,
        [claimed],
        [signAck(ann, claimed.hash)],
        clock.atMs,
      )
      write(authority, bob, again)
    }, 'already-claimed')
    clock.atMs += genesis.paymentWindowMs
    write(authority, ann, reclaimEntry(stateOf(authority, ann), genesis, lost, clock.atMs))
    expect(authority.payment(lost.hash)?.state).toBe('reclaimed')
    expect(authority.totals()).toMatchObject({ pending: 0n, minted: parseTokens('1000'), conserved: true })
  })

  it('tells an account’s entries from a seq on, at most 24 at once', () => {
    const authority = openAuthority()
    fund(authority, ann)
    for (let index = 0; index < 30; index++) paid(authority, ann, bob, toMicroTokens(1))
    const seqs = (fromSeq: number) =>
      authority.head(ann.account, fromSeq)?.entries.map(({ signed }) => signed.entry.seq)
    expect(seqs(0)).toEqual(Array.from({ length: 24 }, (_, index) => index))
    expect(seqs(30)).toEqual([30, 31])
    expect(seqs(32)).toEqual([])
    expect(authority.head(cat.account, 0)).toBeUndefined()
  })

  it('keeps amounts up to the cap exactly', () => {
    const network = { ...genesis, starterGrant: toMicroTokens(2n ** 63n - 1n) }
    const authority = openAuthority({ network })
    write(authority, ann, openEntry(ann.account, network, clock.atMs))
    const grant = authority.starterGrant(ann.account)
    write(authority, ann, collectEntry(stateOf(authority, ann), network, grant, clock.atMs))
    expect(stateOf(authority, ann).credit).toBe(2n ** 63n - 1n)
    expect(authority.totals()).toMatchObject({ minted: 2n ** 63n - 1n, conserved: true })
  })

  it('serves one network only, and only as one of its authorities', () => {
    const path = newPath()
    openAuthority({ store: openStore(path) })
    const other = { ...genesis, name: 'another' }
    expectRefusal(() => openAuthority({ store: openStore(path), network: other }), 'bad-input')
    expectRefusal(() => openAuthority({ identity: ann }), 'bad-input')
  })
})

describe('starter grants', () => {
  it('are the same signed fact until they are collected, and then refused', () => {
    const authority = openAuthority()
    const first = authority.starterGrant(ann.account)
    clock.atMs += 5_000
    expect(authority.starterGrant(ann.account)).toEqual(first)
    verifyGrant(parseGrant(first), genesis)
    fund(authority, ann)
    expectRefusal(() => authority.starterGrant(ann.account), 'already-granted')
    const again = collectEntry({ ...stateOf(authority, ann), grants: [] }, genesis, first, clock.atMs)
    expectRefusal(() => write(authority, ann, again), 'already-granted')
  })

  it('stay within the budget of 24 hours', () => {
    const authority = openAuthority({ maxGrantsPerDay: 2 })
    authority.starterGrant(ann.account)
    authority.starterGrant(bob.account)
    expectRefusal(() => authority.starterGrant(cat.account), 'grants-exhausted')
    authority.starterGrant(ann.account)
    clock.atMs += 86_400_001
    authority.starterGrant(cat.account)
  })
})

describe('any traffic', { timeout: 60_000 }, () => {
  it('conserves what was minted', () => {
    const people = [ann, bob, cat]
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(2), fc.nat(2), fc.integer({ min: 0, max: 600_000_000 }), fc.boolean()), {
          minLength: 8,
          maxLength: 15,
        }),
        (trades) => {
          const authority = openAuthority()
          for (const person of people) fund(authority, person)
          for (const [from, to, amount, isClaimed] of trades) {
            const [payer, payee] = [people[from] ?? ann, people[to] ?? bob]
            codeOf(() => {
              const made = paid(authority, payer, payee, toMicroTokens(amount))
              if (!isClaimed) return
              const voucher = signAck(payer, made.hash)
              write(
                authority,
                payee,
                claimEntry(stateOf(authority, payee), genesis, [made], [voucher], clock.atMs),
              )
            })
            expect(authority.totals()).toMatchObject({ conserved: true, minted: parseTokens('3000') })
          }
        },
      ),
      { numRuns: 8 },
    )
  })
})
