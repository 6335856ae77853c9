import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { factKey } from '../../../signaling/authority/checkpoint-view.ts'
import { noteDecided } from '../../../signaling/authority/holds.ts'
import { holdForLapse } from '../../../signaling/authority/lapse-hold.ts'
import { parseTokens, toMicroTokens } from '../../../src/domain/kernel/micro-tokens.ts'
import {
  createCertificate,
  encodeCertificate,
  verifyCertificate,
} from '../../../src/domain/ledger/certificate.ts'
import { openEntry, payEntry, reclaimEntry } from '../../../src/domain/ledger/entry-builders.ts'
import { ann, bob, cat, expectRejection, genesis, rejectionOf, START_MS } from '../../support/ledger.ts'
import {
  claim,
  clock,
  closeStore,
  fund,
  knownPayment,
  lapse,
  lookup,
  moment,
  newPath,
  openAuthority,
  opening,
  openSoleAuthority,
  openStore,
  paid,
  payment,
  reserved,
  ten,
  verifier,
  write,
} from './authority-fixture.ts'

describe('a single authority', () => {
  it('certifies entries at once: its vote is the certificate', async () => {
    const authority = await openSoleAuthority()
    const opened = opening(authority, ann)
    const vote = await authority.vote(opened.wire)
    const certificate = createCertificate(opened, [vote])
    await verifyCertificate(certificate, opened, genesis, verifier, [])
    expect(authority.certified).toEqual([{ signed: opened, certificate }])
    expect(await authority.head(ann.account, 0)).toMatchObject({
      state: { head: opened.hash, seq: 0 },
      entries: [{ signed: opened, certificate }],
      voted: undefined,
    })
  })

  it('gives the same vote when asked again for the same entry, also much later, and counts it once', async () => {
    const authority = await openSoleAuthority()
    await fund(authority, ann)
    const signed = await payment(authority, ann, bob)
    const vote = await authority.vote(signed.wire)
    await paid(authority, ann, bob)
    const before = await authority.totals()
    clock.atMs += 1_000_000_000
    expect(await authority.vote(signed.wire)).toEqual(vote)
    expect(await authority.totals()).toEqual(before)
    expect(authority.certified.filter((entry) => entry.signed.hash === signed.hash)).toHaveLength(1)
  })

  it('votes for one entry a place only, also when many are sent at once', async () => {
    const authority = await openSoleAuthority()
    await fund(authority, ann)
    const rivals = await Promise.all(
      [1, 2, 3, 4].map((amount) => payment(authority, ann, bob, toMicroTokens(amount))),
    )
    const codes = await Promise.all(rivals.map(({ wire }) => rejectionOf(() => authority.vote(wire))))
    expect(codes.filter((code) => code === undefined)).toHaveLength(1)
    expect(new Set(codes)).toEqual(new Set([undefined, 'conflicting-entry']))
  })

  it('keeps that promise after a restart', async () => {
    const path = newPath()
    const store = await openStore(path)
    const one = await openSoleAuthority({ store })
    await fund(one, ann)
    const first = await payment(one, ann, bob)
    const second = await payment(one, ann, cat)
    const vote = await one.vote(first.wire)
    await closeStore(store)
    const restarted = await openSoleAuthority({ store: await openStore(path) })
    await expectRejection(() => restarted.vote(second.wire), 'conflicting-entry')
    expect(await restarted.vote(first.wire)).toEqual(vote)
    expect((await restarted.state(ann)).head).toBe(first.hash)
  })

  it('refuses what is forged, foreign, malformed or without its parent, and stores nothing of it', async () => {
    const authority = await openSoleAuthority()
    await fund(authority, ann)
    const before = await authority.totals()
    const good = await payment(authority, ann, bob)
    const flipped = good.wire.slice()
    flipped[flipped.length - 40] = (flipped[flipped.length - 40] ?? 0) ^ 1
    await expectRejection(() => authority.vote(flipped), 'bad-signature')
    await expectRejection(() => authority.vote(good.wire.subarray(1)), 'bad-encoding')
    await expectRejection(() => authority.vote(new Uint8Array(9_000)), 'message-too-large')
    const foreign = openEntry(bob.account, moment(), lookup({ ...genesis, name: 'another' }))
    await expectRejection(() => write(authority, bob, foreign), 'bad-entry')
    await expectRejection(() => write(authority, ann, { ...good.entry, seq: 9 }), 'unknown-parent')
    await expectRejection(() => write(authority, ann, { ...good.entry, credit: ten }), 'bad-entry')
    await expectRejection(() => write(authority, ann, { ...good.entry, checkpoint: 7 }), 'not-found')
    expect(await authority.totals()).toEqual(before)
    await authority.vote(good.wire)
  })

  it('verifies an entry with another signature anew, although it knows the entry', async () => {
    const authority = await openSoleAuthority()
    const { bytes, wire } = opening(authority, ann)
    await authority.vote(wire)
    const forged = wire.slice()
    forged.fill(7, bytes.length + 6)
    await expectRejection(() => authority.vote(forged), 'bad-signature')
  })

  it('refuses for now what is dated more than 120 s ahead, and takes what waited for it', async () => {
    const authority = await openSoleAuthority()
    const early = openEntry(ann.account, { ...moment(), timestampMs: clock.atMs + 120_001 }, lookup(genesis))
    await expectRejection(() => write(authority, ann, early), 'not-ready')
    clock.atMs += 3_600_000
    await write(authority, ann, early)
    await write(
      authority,
      bob,
      openEntry(bob.account, { ...moment(), timestampMs: START_MS }, lookup(genesis)),
    )
    expect((await authority.totals()).accounts).toBe(2)
  })

  it('takes payments through claims and, once they have lapsed, back to their payer', async () => {
    const authority = await openSoleAuthority()
    await fund(authority, ann)
    await authority.submit(opening(authority, bob))
    const claimed = await paid(authority, ann, bob)
    const lost = await paid(authority, ann, bob)
    await authority.submit(await claim(authority, bob, ann, [claimed]))
    expect((await authority.payment(claimed.hash))?.state).toBe('claimed')
    expect((await authority.state(bob)).credit).toBe(ten)
    const again = await claim(authority, bob, ann, [claimed])
    await expectRejection(() => authority.submit(again), 'already-claimed')

    const lapsed = await lapse(authority.store, lost)
    const reclaim = reclaimEntry(await authority.state(ann), lapsed, moment(), lookup(genesis, [lapsed]))
    await write(authority, ann, reclaim)
    expect((await authority.payment(lost.hash))?.state).toBe('returned')
    expect(await authority.totals()).toMatchObject({
      pending: 0n,
      minted: parseTokens('1000'),
      conserved: true,
    })
  })

  it('tells an account’s entries from a seq on, at most 48 at once', async () => {
    const authority = await openSoleAuthority()
    await fund(authority, ann)
    for (let index = 0; index < 50; index++) await paid(authority, ann, bob, toMicroTokens(1))
    const seqs = async (fromSeq: number) =>
      (await authority.head(ann.account, fromSeq)).entries.map(({ signed }) => signed.entry.seq)
    expect(await seqs(0)).toEqual(Array.from({ length: 48 }, (_, index) => index))
    expect(await seqs(50)).toEqual([50, 51])
    expect(await seqs(52)).toEqual([])
    expect(await authority.head(cat.account, 0)).toEqual({
      state: undefined,
      entries: [],
      voted: undefined,
    })
  })

  it('lists the entries that make open payments and reserves to an account', async () => {
    const authority = await openSoleAuthority({ store: await openStore(':memory:', ':memory:') })
    for (const payer of [ann, cat]) await fund(authority, payer)
    await authority.submit(opening(authority, bob))
    const first = await paid(authority, ann, bob)
    clock.atMs += 1_000
    const second = await reserved(authority, cat, bob)
    await paid(authority, ann, cat)
    const inbox = await authority.inbox(bob.account)
    expect(inbox.map(({ signed }) => signed.hash)).toEqual([first.hash, second.hash])
    await authority.submit(await claim(authority, bob, ann, [first]))
    expect((await authority.inbox(bob.account)).map(({ signed }) => signed.hash)).toEqual([second.hash])
    expect(await authority.inbox(ann.account)).toEqual([])
  })

  it('keeps amounts up to the cap exactly', async () => {
    const network = { ...genesis, starterGrant: toMicroTokens(2n ** 63n - 1n) }
    const authority = await openSoleAuthority({ network })
    await fund(authority, ann)
    expect((await authority.state(ann)).credit).toBe(2n ** 63n - 1n)
    expect(await authority.totals()).toMatchObject({ minted: 2n ** 63n - 1n, conserved: true })
  })

  it('serves one network only, and only as one of its authorities', async () => {
    const store = await openStore()
    await openAuthority({ store })
    const other = { ...genesis, name: 'another' }
    await expectRejection(() => openAuthority({ store, network: other }), 'bad-input')
    await expectRejection(() => openAuthority({ identity: ann }), 'bad-input')
  })

  it('reads the facts about an account of the checkpoints that its entry passes over', async () => {
    const authority = await openSoleAuthority()
    await fund(authority, ann)
    // There is no stake yet that a fact could slash, but damaged facts are noticed.
    await authority.store.home.transaction((home) =>
      home.putRecord('fact', factKey(ann.account, 1), Uint8Array.of(1)),
    )
    const state = await authority.state(ann)
    const terms = { to: bob.account, amount: ten, invoice: new Uint8Array(32), expiresAtMs: clock.atMs + 1 }
    const draft = payEntry(state, terms, moment(), lookup(genesis))
    await expectRejection(() => write(authority, ann, { ...draft, checkpoint: 1 }), 'bad-encoding')
  })
})

describe('a claim', () => {
  it('gets no vote while this authority has agreed to the payment’s lapse, until that height is decided', async () => {
    const authority = await openSoleAuthority()
    await fund(authority, ann)
    await authority.submit(opening(authority, bob))
    const open = await paid(authority, ann, bob)
    const hold = (height: number) =>
      authority.store.shardOf(bob.account).transaction((shard) => holdForLapse(shard, open, height))
    expect(await hold(1)).toBe(true)
    const signed = await claim(authority, bob, ann, [open])
    await expectRejection(() => authority.submit(signed), 'not-ready')
    await authority.store.shardOf(bob.account).transaction((shard) => noteDecided(shard, 1))
    await authority.submit(signed)
    expect((await knownPayment(authority, open.hash)).state).toBe('claimed')
    expect(await hold(2)).toBe(false)
  })
})

describe('what is not certified', () => {
  it('does not come in as if it were', async () => {
    const authority = await openSoleAuthority()
    const opened = opening(authority, ann)
    const votes = [{ authority: 0, signature: new Uint8Array(64).fill(1) }]
    const forged = encodeCertificate(createCertificate(opened, votes))
    await expectRejection(() => authority.certify(opened.wire, forged), 'bad-certificate')
    const none = encodeCertificate(createCertificate(opened, []))
    await expectRejection(() => authority.certify(opened.wire, none), 'bad-certificate')
    expect((await authority.totals()).accounts).toBe(0)
  })
})

describe('any traffic', { timeout: 60_000 }, () => {
  it('conserves what was minted', async () => {
    const people = [ann, bob, cat]
    const trade = fc.tuple(fc.nat(2), fc.nat(2), fc.integer({ min: 0, max: 600_000_000 }), fc.boolean())
    await fc.assert(
      fc.asyncProperty(fc.array(trade, { minLength: 8, maxLength: 15 }), async (trades) => {
        const authority = await openSoleAuthority({ store: await openStore(':memory:', ':memory:') })
        for (const person of people) await fund(authority, person)
        for (const [from, to, amount, isClaimed] of trades) {
          const [payer, payee] = [people[from] ?? ann, people[to] ?? bob]
          await rejectionOf(async () => {
            const made = await paid(authority, payer, payee, toMicroTokens(amount))
            if (isClaimed) await authority.submit(await claim(authority, payee, payer, [made]))
          })
          expect(await authority.totals()).toMatchObject({ conserved: true, minted: parseTokens('3000') })
        }
      }),
      { numRuns: 8 },
    )
  })
})
