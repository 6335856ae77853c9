import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createGenesis } from '../../../../src/domain/economy/parameters.ts'
import { encodeCbor } from '../../../../src/domain/kernel/cbor.ts'
import type { ErrorCode } from '../../../../src/domain/kernel/errors.ts'
import { toMicroTokens } from '../../../../src/domain/kernel/micro-tokens.ts'
import { statementDigest } from '../../../../src/domain/ledger/agreement-signature.ts'
import {
  checkpointSignatures,
  encodeCheckpointCertificate,
  encodeSignedCheckpoint,
  MAX_CHECKPOINT_CERTIFICATE_BYTES,
  MAX_SIGNED_CHECKPOINT_BYTES,
  parseCheckpointCertificate,
  parseSignedCheckpoint,
  precommitDigest,
  verifyCheckpoint,
} from '../../../../src/domain/ledger/checkpoint-certificate.ts'
import { createCheckpoint } from '../../../../src/domain/ledger/checkpoint-codec.ts'
import type { SignedCheckpoint } from '../../../../src/domain/ledger/checkpoint.ts'
import { networkIdOf } from '../../../../src/domain/ledger/genesis.ts'
import type { Removals } from '../../../../src/domain/ledger/removals.ts'
import { bytesOf, headers, withFlippedBit } from '../../../support/checkpoint-arbitraries.ts'
import { codeOf, expectRefusal, rejectionOf, testIdentity } from '../../../support/ledger.ts'
import { referenceVerifier } from '../../../support/reference-verifier.ts'

const authorities = [201, 202, 203, 204].map(testIdentity)
const genesis = createGenesis({
  name: 'test',
  createdAtMs: 1,
  authorities: authorities.map((authority) => authority.account),
})
const [header] = fc.sample(headers, { seed: 1, numRuns: 1 })
if (header === undefined) throw new Error('There is no sample')
const checkpoint = createCheckpoint({ ...header, removals: [], network: networkIdOf(genesis) })

/** The checkpoint with precommits of the authorities with these indexes, in this order. */
function signedBy(indexes: readonly number[], target = checkpoint, round = 0): SignedCheckpoint {
  const { network, height } = target.header
  const digest = precommitDigest(network, height, round, target.hash)
  const votes = indexes.map((index) => ({
    authority: index,
    signature: authorities[index]?.sign(digest) ?? new Uint8Array(64),
  }))
  return { ...target, certificate: { height, round, hash: target.hash, votes } }
}

/** The code that checking the checkpoint fails with; undefined when it does not fail. */
function refusalOf(signed: SignedCheckpoint, removals: Removals = []): Promise<ErrorCode | undefined> {
  return rejectionOf(() => verifyCheckpoint(signed, genesis, referenceVerifier, removals))
}

describe('signed checkpoints', () => {
  it('come back from their bytes and verify with the precommits of any quorum', async () => {
    for (const indexes of [
      [0, 1, 2],
      [1, 2, 3],
      [0, 1, 2, 3],
    ]) {
      const signed = signedBy(indexes, checkpoint, 3)
      expect(parseSignedCheckpoint(encodeSignedCheckpoint(signed))).toEqual(signed)
      expect(parseCheckpointCertificate(encodeCheckpointCertificate(signed.certificate))).toEqual(
        signed.certificate,
      )
      expect(await refusalOf(signed)).toBeUndefined()
    }
  })

  it('take the precommits by which the authorities agreed', async () => {
    const { header, hash } = checkpoint
    const votes = [0, 1, 2].map((index) => {
      const precommit = { height: header.height, round: 5, valueId: hash, authority: index }
      const digest = statementDigest(header.network, { kind: 'precommit', ...precommit })
      return { authority: index, signature: testIdentity(201 + index).sign(digest) }
    })
    const certificate = { height: header.height, round: 5, hash, votes }
    expect(await refusalOf({ ...checkpoint, certificate })).toBeUndefined()
  })

  it('ask for the signatures of exactly those whose votes count', () => {
    const signed = signedBy([0, 1, 2, 3])
    const { height } = checkpoint.header
    const accountsOf = (removals: Removals, target = signed) =>
      checkpointSignatures(target, genesis, removals).map((message) => message.account)
    const first = { authority: 1, height: height - 1 }
    const second = { authority: 2, height: 1 }
    const others = [0, 2, 3].map((index) => genesis.authorities[index])
    expect(accountsOf([])).toEqual(genesis.authorities)
    expect(accountsOf([first])).toEqual(others)
    expectRefusal(() => accountsOf([first, second]), 'bad-certificate')
    // Who is removed by the checkpoint itself still had a vote about it.
    expect(accountsOf([{ ...first, height }])).toEqual(genesis.authorities)
    // A checkpoint's own word is enough, for instance for who has heard of none before.
    const telling = createCheckpoint({ ...checkpoint.header, removals: [first] })
    expect(accountsOf([], signedBy([0, 1, 2, 3], telling))).toEqual(others)
    expectRefusal(() => accountsOf([], signedBy([0, 1, 2], telling)), 'bad-certificate')
  })

  it.each([
    ['too few votes', signedBy([0, 1])],
    ['one vote twice', signedBy([0, 1, 1])],
    ['votes out of order', signedBy([2, 1, 0])],
    ['a vote of nobody', signedBy([0, 1, 4])],
    [
      'votes of another round',
      { ...checkpoint, certificate: { ...signedBy([0, 1, 2]).certificate, round: 1 } },
    ],
    [
      'the certificate of another height',
      { ...checkpoint, certificate: { ...signedBy([0, 1, 2]).certificate, height: 1 } },
    ],
    [
      'the certificate of another checkpoint',
      {
        ...createCheckpoint({ ...checkpoint.header, timeMs: checkpoint.header.timeMs - 1 }),
        certificate: signedBy([0, 1, 2]).certificate,
      },
    ],
  ])('are refused with %s', async (_, signed) => {
    expect(await refusalOf(signed)).toBe('bad-certificate')
  })

  it('are refused when they belong to another network or made tokens of nothing, whoever signed', async () => {
    const elsewhere = createCheckpoint(header)
    expect(await refusalOf(signedBy([0, 1, 2], elsewhere))).toBe('bad-checkpoint')
    const pool = toMicroTokens(checkpoint.header.pool + 1n)
    expect(await refusalOf(signedBy([0, 1, 2], createCheckpoint({ ...checkpoint.header, pool })))).toBe(
      'bad-checkpoint',
    )
  })

  it('end in a typed refusal when any bit is flipped', async () => {
    const wire = encodeSignedCheckpoint(signedBy([0, 1, 2]))
    for (let bit = 0; bit < wire.length * 8; bit += 31) {
      const flipped = withFlippedBit(wire, bit)
      const code = codeOf(() => parseSignedCheckpoint(flipped))
      if (code === undefined) expect(await refusalOf(parseSignedCheckpoint(flipped))).toBeDefined()
    }
  })

  it('are refused in any other form of bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        expectRefusal(() => parseSignedCheckpoint(bytes), 'bad-encoding')
        expectRefusal(() => parseCheckpointCertificate(bytes), 'bad-encoding')
      }),
    )
    expectRefusal(
      () => parseCheckpointCertificate(new Uint8Array(MAX_CHECKPOINT_CERTIFICATE_BYTES + 1)),
      'message-too-large',
    )
    expectRefusal(
      () => parseSignedCheckpoint(new Uint8Array(MAX_SIGNED_CHECKPOINT_BYTES + 1)),
      'message-too-large',
    )
    const negative = encodeCbor([-1, 0, new Uint8Array(32), []])
    expectRefusal(() => parseCheckpointCertificate(negative), 'bad-encoding')
  })

  it('fit into their limits with ten votes at the greatest height', () => {
    fc.assert(
      fc.property(headers, bytesOf(64), (largest, signature) => {
        const target = createCheckpoint(largest)
        const votes = Array.from({ length: 10 }, (_, authority) => ({ authority, signature }))
        const certificate = {
          height: Number.MAX_SAFE_INTEGER,
          round: Number.MAX_SAFE_INTEGER,
          hash: target.hash,
          votes,
        }
        expect(parseCheckpointCertificate(encodeCheckpointCertificate(certificate))).toEqual(certificate)
        const signed = { ...target, certificate }
        expect(parseSignedCheckpoint(encodeSignedCheckpoint(signed))).toEqual(signed)
      }),
    )
  })
})
