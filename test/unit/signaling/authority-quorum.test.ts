import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Identity } from '../../../src/domain/identity/identity.ts'
import { signAck } from '../../../src/domain/ledger/ack.ts'
import { createCertificate, encodeCertificate, signVote } from '../../../src/domain/ledger/certificate.ts'
import {
  claimEntry,
  collectEntry,
  openEntry,
  payEntry,
  reclaimEntry,
} from '../../../src/domain/ledger/entry-builders.ts'
import { signEntry } from '../../../src/domain/ledger/entry-codec.ts'
import type { Entry } from '../../../src/domain/ledger/entry.ts'
import type { Genesis } from '../../../src/domain/ledger/genesis.ts'
import { ann, bob, codeOf, expectRefusal, genesis, starterGrant, testIdentity } from '../../support/ledger.ts'

import { clock, closeStores, openAuthority, stateOf, ten, write } from './authority-fixture.ts'
describe('one of four authorities', () => {
  const keys = [201, 202, 203, 204].map(testIdentity)
  const network: Genesis = { ...genesis, authorities: keys.map((identity) => identity.account) }
  const openAll = () => keys.map((identity) => openAuthority({ identity, network }))

  it('votes, but lets the account advance only with the certificate of a quorum', () => {
    const authorities = openAll()
    const opened = signEntry(ann, openEntry(ann.account, network, clock.atMs))
    const votes = authorities.slice(1).map((authority) => authority.vote(opened.wire))
    const certificateWire = encodeCertificate(createCertificate(opened, votes))
    const tooFew = encodeCertificate(createCertificate(opened, votes.slice(1)))
    for (const authority of authorities) {
      expect(authority.head(ann.account, 0)).toBeUndefined()
      expectRefusal(() => authority.certify(opened.wire, tooFew), 'bad-certificate')
      authority.certify(opened.wire, certificateWire)
      authority.certify(opened.wire, certificateWire)
      expect(authority.head(ann.account, 0)?.state.head).toBe(opened.hash)
      expect(authority.certified).toHaveLength(1)
    }
  })

  it('never lets two entries at one place both gather a quorum', () => {
    const entries = [0, 1].map((later) => signEntry(ann, openEntry(ann.account, network, clock.atMs + later)))
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(3), fc.nat(1)), { maxLength: 16 }), (asked) => {
        const authorities = openAll()
        const votes = [new Set<number>(), new Set<number>()]
        for (const [who, which] of asked) {
          const refusal = codeOf(() => authorities[who]?.vote(entries[which]?.wire ?? new Uint8Array()))
          if (refusal === undefined) votes[which]?.add(who)
          else expect(refusal).toBe('conflicting-entry')
        }
        expect(votes.filter((voters) => voters.size >= 3).length).toBeLessThanOrEqual(1)
        closeStores()
      }),
      { numRuns: 15 },
    )
  })

  it('votes for one settlement of a payment only, while none is certified yet', () => {
    const [one] = openAll() as [ReturnType<typeof openAuthority>]
    const certify = (identity: Identity, entry: Entry) => {
      const signed = signEntry(identity, entry)
      const votes = keys.map((voter, index) => signVote(voter, index, signed))
      one.certify(signed.wire, encodeCertificate(createCertificate(signed, votes)))
      return signed
    }
    const grant = starterGrant(ann.account, {
      network,
      signers: keys.map((voter, index) => [index, voter] as const),
    })
    certify(ann, openEntry(ann.account, network, clock.atMs))
    certify(bob, openEntry(bob.account, network, clock.atMs))
    certify(ann, collectEntry(stateOf(one, ann), network, grant, clock.atMs))
    const terms = {
      to: bob.account,
      amount: ten,
      invoice: new Uint8Array(32),
      expiresAtMs: clock.atMs + 1_000,
    }
    const { hash } = certify(ann, payEntry(stateOf(one, ann), network, terms, clock.atMs))
    const open = one.payment(hash)
    if (open === undefined) throw new Error('The entry made no payment')
    const claim = claimEntry(stateOf(one, bob), network, [open], [signAck(ann, hash)], clock.atMs)
    write(one, bob, claim)
    clock.atMs += 1_000
    const reclaim = reclaimEntry(stateOf(one, ann), network, open, clock.atMs)
    expectRefusal(() => write(one, ann, reclaim), 'already-claimed')
    expect(one.payment(hash)?.state).toBe('open')
  })

  it('does not issue starter grants alone', () => {
    const [one] = openAll() as [ReturnType<typeof openAuthority>]
    expectRefusal(() => one.starterGrant(ann.account), 'unsupported')
  })
})
