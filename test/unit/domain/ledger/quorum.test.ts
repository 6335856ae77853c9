import { describe, expect, it } from 'vitest'
import { toMicroTokens } from '../../../../src/domain/kernel/micro-tokens.ts'
import {
  createCertificate,
  encodeCertificate,
  parseCertificate,
  signVote,
  verifyCertificate,
} from '../../../../src/domain/ledger/certificate.ts'
import { openEntry } from '../../../../src/domain/ledger/entry-builders.ts'
import { signEntry } from '../../../../src/domain/ledger/entry-codec.ts'
import { quorumOf, type Genesis } from '../../../../src/domain/ledger/genesis.ts'
import { parseGrant, verifyGrant } from '../../../../src/domain/ledger/grant.ts'
import {
  ann,
  authority,
  bob,
  codeOf,
  expectRefusal,
  genesis,
  START_MS,
  starterGrant,
  testIdentity,
} from '../../../support/ledger.ts'

const authorities = [201, 202, 203, 204].map(testIdentity)
const fourfold: Genesis = { ...genesis, authorities: authorities.map((identity) => identity.account) }
const opened = signEntry(ann, openEntry(ann.account, fourfold, START_MS))

/** Votes of these authorities for an entry. */
function votesOf(indexes: readonly number[], signed = opened) {
  return indexes.map((index) => signVote(authorities[index] ?? bob, index, signed))
}

/** The entry's certificate with exactly these votes, in this order. */
function certificateOf(votes: ReturnType<typeof votesOf>) {
  return { ...createCertificate(opened, []), votes }
}

describe('a quorum', () => {
  it.each([
    [1, 1],
    [4, 3],
    [7, 5],
    [10, 7],
  ])('of %i authorities is %i', (count, quorum) => {
    const keys = Array.from({ length: count }, (_, index) => testIdentity(index).account)
    expect(quorumOf({ authorities: keys })).toBe(quorum)
  })
})

describe('certificates', () => {
  it('come back from their bytes and verify with the votes of any quorum', () => {
    for (const indexes of [
      [0, 1, 2],
      [3, 1, 0],
      [0, 1, 2, 3],
    ]) {
      const certificate = createCertificate(opened, votesOf(indexes))
      expect(parseCertificate(encodeCertificate(certificate))).toEqual(certificate)
      verifyCertificate(certificate, opened, fourfold)
    }
  })

  it.each([
    ['too few votes', certificateOf(votesOf([0, 1]))],
    ['one vote twice', certificateOf(votesOf([0, 1, 1]))],
    ['votes out of order', certificateOf(votesOf([2, 1, 0]))],
    ['a vote of nobody', certificateOf(votesOf([0, 1, 4]))],
    ["a vote under another one's name", certificateOf([...votesOf([0, 1]), { ...signVote(bob, 2, opened) }])],
    [
      'one wrong vote among enough right ones',
      certificateOf([...votesOf([0, 1, 2]), signVote(bob, 3, opened)]),
    ],
    ['another seq', { ...createCertificate(opened, votesOf([0, 1, 2])), seq: 1 }],
    ['another account', { ...createCertificate(opened, votesOf([0, 1, 2])), account: bob.account }],
  ])('are refused with %s', (_, certificate) => {
    expectRefusal(() => verifyCertificate(certificate, opened, fourfold), 'bad-certificate')
  })

  it('hold for their entry and network only', () => {
    const certificate = createCertificate(opened, votesOf([0, 1, 2]))
    const other = signEntry(ann, openEntry(ann.account, fourfold, START_MS + 1))
    expectRefusal(() => verifyCertificate(certificate, other, fourfold), 'bad-certificate')
    const elsewhere = { ...fourfold, name: 'another' }
    expectRefusal(() => verifyCertificate(certificate, opened, elsewhere), 'bad-certificate')
  })

  it('end in a typed refusal when any bit is flipped', () => {
    const wire = encodeCertificate(createCertificate(opened, votesOf([0, 1, 2])))
    for (let bit = 0; bit < wire.length * 8; bit += 29) {
      const flipped = wire.slice()
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      expect(codeOf(() => verifyCertificate(parseCertificate(flipped), opened, fourfold))).toBeDefined()
    }
    expectRefusal(() => parseCertificate(new Uint8Array(1_025)), 'message-too-large')
  })
})

describe('grants', () => {
  it('come back from their bytes and verify with a quorum', () => {
    const wire = starterGrant(ann.account, {
      network: fourfold,
      signers: [0, 1, 2].map((index) => [index, authorities[index] ?? bob] as const),
    })
    const signed = parseGrant(wire)
    expect(signed.grant).toEqual({
      kind: 'starter',
      account: ann.account,
      amount: toMicroTokens(1_000_000_000),
      issuedAtMs: START_MS,
      id: 'starter',
    })
    verifyGrant(signed, fourfold)
    expectRefusal(() => verifyGrant(signed, { ...fourfold, name: 'another' }), 'bad-certificate')
  })

  it('end in a typed refusal when any bit is flipped', () => {
    const wire = starterGrant(ann.account, { signers: [[0, authority]] })
    for (let bit = 0; bit < wire.length * 8; bit += 13) {
      const flipped = wire.slice()
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      expect(codeOf(() => verifyGrant(parseGrant(flipped), genesis))).toBeDefined()
    }
    expectRefusal(() => parseGrant(new Uint8Array(769)), 'message-too-large')
  })
})
