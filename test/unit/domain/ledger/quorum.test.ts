import { describe, expect, it } from 'vitest'
import { bytesToHexText } from '../../../../src/domain/kernel/bytes.ts'
import { toMicroTokens } from '../../../../src/domain/kernel/micro-tokens.ts'
import {
  certificateSignatures,
  createCertificate,
  encodeCertificate,
  parseCertificate,
  signVote,
  verifyCertificate,
  type Certificate,
} from '../../../../src/domain/ledger/certificate.ts'
import { openEntry } from '../../../../src/domain/ledger/entry-builders.ts'
import { signEntry } from '../../../../src/domain/ledger/entry-codec.ts'
import { quorumOf, type Genesis } from '../../../../src/domain/ledger/genesis.ts'
import { grantSignatures, parseGrant } from '../../../../src/domain/ledger/grant.ts'
import {
  ann,
  authority,
  bob,
  createTestLedger,
  expectRefusal,
  expectRejection,
  genesis,
  rejectionOf,
  START_MS,
  starterGrant,
  testIdentity,
} from '../../../support/ledger.ts'
import { referenceVerifier } from '../../../support/reference-verifier.ts'

const authorities = [201, 202, 203, 204].map(testIdentity)
const fourfold: Genesis = { ...genesis, authorities: authorities.map((identity) => identity.account) }
const lookup = { ...createTestLedger(), genesis: fourfold }
const opened = openedAt(START_MS)

/** Ann's first entry in the network of four. */
function openedAt(timestampMs: number) {
  return signEntry(ann, openEntry(ann.account, { timestampMs, checkpoint: 0 }, lookup))
}

function verify(certificate: Certificate, signed = opened, network = fourfold): Promise<void> {
  return verifyCertificate(certificate, signed, network, referenceVerifier, [])
}

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
  it('come back from their bytes and verify with the votes of any quorum', async () => {
    for (const indexes of [
      [0, 1, 2],
      [3, 1, 0],
      [0, 1, 2, 3],
    ]) {
      const certificate = createCertificate(opened, votesOf(indexes))
      expect(parseCertificate(encodeCertificate(certificate))).toEqual(certificate)
      await verify(certificate)
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
  ])('are refused with %s', async (_, certificate) => {
    await expectRejection(() => verify(certificate), 'bad-certificate')
  })

  it('hold for their entry and network only', async () => {
    const certificate = createCertificate(opened, votesOf([0, 1, 2]))
    await expectRejection(() => verify(certificate, openedAt(START_MS + 1)), 'bad-certificate')
    const elsewhere = { ...fourfold, name: 'another' }
    await expectRejection(() => verify(certificate, opened, elsewhere), 'bad-certificate')
  })

  it('need a quorum without authorities that were removed up to the checkpoint that the entry names', async () => {
    const signatures = (indexes: readonly number[], height: number) =>
      certificateSignatures(createCertificate(opened, votesOf(indexes)), opened, fourfold, [
        { authority: 1, height },
      ])
    const named = opened.entry.checkpoint
    expectRefusal(() => signatures([0, 1, 2], named), 'bad-certificate')
    expect(await referenceVerifier.verify(signatures([0, 2, 3], named))).toBe(true)
    expect(signatures([0, 1, 2, 3], named)).toHaveLength(3)
    expect(signatures([0, 1, 2], named + 1)).toHaveLength(3)
  })

  it('end in a typed refusal when any bit is flipped', async () => {
    const wire = encodeCertificate(createCertificate(opened, votesOf([0, 1, 2])))
    for (let bit = 0; bit < wire.length * 8; bit += 29) {
      const flipped = wire.slice()
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      expect(await rejectionOf(async () => verify(parseCertificate(flipped)))).toBeDefined()
    }
    expectRefusal(() => parseCertificate(new Uint8Array(1_025)), 'message-too-large')
  })
})

describe('grants', () => {
  it('come back from their bytes and verify with a quorum', async () => {
    const wire = starterGrant(ann.account, {
      network: fourfold,
      signers: [0, 1, 2].map((index) => [index, authorities[index] ?? bob] as const),
    })
    const signed = parseGrant(wire)
    expect(signed.grant).toEqual({
      kind: 'starter',
      account: ann.account,
      amount: toMicroTokens(1_000_000_000),
      id: 'starter',
    })
    expect(await referenceVerifier.verify(grantSignatures(signed, fourfold))).toBe(true)
    expectRefusal(() => grantSignatures(signed, { ...fourfold, name: 'another' }), 'bad-certificate')
  })

  it('are the same at every authority, so that signatures add up', () => {
    const alone = [0, 1, 2].map((index) =>
      parseGrant(
        starterGrant(ann.account, { network: fourfold, signers: [[index, authorities[index] ?? bob]] }),
      ),
    )
    expect(new Set(alone.map(({ bytes }) => bytesToHexText(bytes))).size).toBe(1)
    for (const signed of alone) expectRefusal(() => grantSignatures(signed, fourfold), 'bad-certificate')
  })

  it('hold no more when any bit is flipped', async () => {
    const wire = starterGrant(ann.account, { signers: [[0, authority]] })
    for (let bit = 0; bit < wire.length * 8; bit += 13) {
      const flipped = wire.slice()
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      // Anything but a typed refusal fails the test, as does a grant that still holds.
      await rejectionOf(async () => {
        expect(await referenceVerifier.verify(grantSignatures(parseGrant(flipped), genesis))).toBe(false)
      })
    }
    expectRefusal(() => parseGrant(new Uint8Array(769)), 'message-too-large')
  })
})
