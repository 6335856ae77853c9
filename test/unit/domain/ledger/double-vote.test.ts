import { expect, it } from 'vitest'
import type { Identity } from '../../../../src/domain/identity/identity.ts'
import { signVote } from '../../../../src/domain/ledger/certificate.ts'
import {
  encodeDoubleVote,
  MAX_DOUBLE_VOTE_BYTES,
  parseDoubleVote,
  proveDoubleVote,
  verifyDoubleVote,
  type CastVote,
  type DoubleVote,
} from '../../../../src/domain/ledger/double-vote.ts'
import type { SignedEntry } from '../../../../src/domain/ledger/entry.ts'
import { encodeFraudProof, parseFraudProof } from '../../../../src/domain/ledger/fraud-proof.ts'
import { encodeCbor } from '../../../../src/domain/kernel/cbor.ts'
import { ann, authority, bob, expectRefusal, genesis, rejectionOf } from '../../../support/ledger.ts'
import { referenceVerifier } from '../../../support/reference-verifier.ts'
import { entryAt, operations } from '../../../support/slot-entries.ts'

const vote = (signed: SignedEntry, voter: Identity = authority): CastVote => ({
  signed,
  signature: signVote(voter, 0, signed).signature,
})
const pay = entryAt(ann, 5, operations.pay(1))
const reclaim = entryAt(ann, 5, operations.reclaim(1))
const claim = entryAt(ann, 5, operations.claim(1))

/** The evidence that must come about. */
function prove(a: CastVote, b: CastVote, index = 0): DoubleVote {
  const evidence = proveDoubleVote(index, a, b)
  if (evidence === undefined) throw new Error('No evidence')
  return evidence
}

const verify = (evidence: DoubleVote) =>
  rejectionOf(() => verifyDoubleVote(evidence, genesis, referenceVerifier))

it('two votes for different entries at one place are evidence, in one form whatever came first', async () => {
  const evidence = prove(vote(pay), vote(reclaim))
  const wire = encodeDoubleVote(evidence)
  expect(wire).toEqual(encodeDoubleVote(prove(vote(reclaim), vote(pay))))
  expect(parseDoubleVote(wire)).toEqual(evidence)
  expect(wire.length).toBeLessThanOrEqual(MAX_DOUBLE_VOTE_BYTES)
  expect(await verify(parseDoubleVote(wire))).toBeUndefined()
})

it('votes prove nothing when one is for a claim, or they are for one entry or for two places', () => {
  expect(proveDoubleVote(0, vote(pay), vote(claim))).toBeUndefined()
  expect(proveDoubleVote(0, vote(pay), vote(pay))).toBeUndefined()
  expect(proveDoubleVote(0, vote(pay), vote(entryAt(ann, 6)))).toBeUndefined()
  expect(proveDoubleVote(0, vote(pay), vote(entryAt(bob, 5)))).toBeUndefined()
})

it('evidence does not hold when a vote is not the authority’s, or an entry not its account’s', async () => {
  expect(await verify(prove(vote(pay), vote(reclaim, bob)))).toBe('bad-signature')
  const { first, ...rest } = prove(vote(pay), vote(reclaim))
  const unsigned = { ...first.signed, signature: new Uint8Array(64) }
  expect(await verify({ ...rest, first: { ...first, signed: unsigned } })).toBe('bad-signature')
})

it('evidence does not hold against an authority that the network does not have', async () => {
  expect(await verify(prove(vote(pay), vote(reclaim), 1))).toBe('bad-proof')
})

it('evidence is refused in another order, with too many bytes, or with other fields', () => {
  const { authority: index, first, second } = prove(vote(pay), vote(reclaim))
  const swapped = encodeDoubleVote({ authority: index, first: second, second: first })
  expectRefusal(() => parseDoubleVote(swapped), 'bad-proof')
  expectRefusal(() => parseDoubleVote(encodeDoubleVote({ authority: 0, first, second: first })), 'bad-proof')
  expectRefusal(() => parseDoubleVote(new Uint8Array(MAX_DOUBLE_VOTE_BYTES + 1)), 'message-too-large')
  expectRefusal(() => parseDoubleVote(encodeCbor([0, first.signed.wire])), 'bad-encoding')
  expectRefusal(() => parseDoubleVote(encodeDoubleVote({ authority: 10, first, second })), 'bad-encoding')
})

it('a proof of fraud says of which kind it is', () => {
  const evidence = prove(vote(pay), vote(reclaim))
  const wire = encodeFraudProof({ type: 'double-vote', evidence })
  expect(parseFraudProof(wire)).toEqual({ type: 'double-vote', evidence })
  expectRefusal(() => parseFraudProof(encodeCbor([1, encodeDoubleVote(evidence)])), 'bad-encoding')
  expectRefusal(() => parseFraudProof(encodeCbor([3, encodeDoubleVote(evidence)])), 'unsupported')
})
