import { describe, expect, it } from 'vitest'
import { encodeCbor } from '../../../../src/domain/kernel/cbor.ts'
import { hexTextToBytes } from '../../../../src/domain/kernel/bytes.ts'
import { taggedDigest } from '../../../../src/domain/kernel/hashing.ts'
import type {
  AgreementMessage,
  AgreementVote,
  Polka,
  Statement,
} from '../../../../src/domain/ledger/agreement-message.ts'
import {
  statementDigest,
  verifyAgreementMessage,
  verifyDecision,
  type Decision,
} from '../../../../src/domain/ledger/agreement-signature.ts'
import { networkIdOf, type Genesis } from '../../../../src/domain/ledger/genesis.ts'
import { a, b, height, polka, proposal, vote } from '../../../support/agreement-samples.ts'
import { genesis as single, testIdentity } from '../../../support/ledger.ts'
import { referenceVerifier } from '../../../support/reference-verifier.ts'

const identities = [201, 202, 203, 204].map(testIdentity)
const genesis: Genesis = { ...single, authorities: identities.map(({ account }) => account) }
const network = networkIdOf(genesis)

/** The statement with its authority's signature. */
function signed<S extends Statement>(statement: S): S {
  const signature = identities[statement.authority]?.sign(statementDigest(network, statement))
  return signature === undefined ? statement : { ...statement, signature }
}

function signedVotes(kind: AgreementVote['kind'], authorities: readonly number[]) {
  return authorities
    .map((authority) => signed(vote(kind, authority, 0, a)))
    .map(({ authority, signature }) => ({ authority, signature }))
}

function signedPolka(authorities: readonly number[]): Polka {
  return { ...polka([], 0, a), prevotes: signedVotes('prevote', authorities) }
}

function verify(message: AgreementMessage, removed?: ReadonlySet<number>): Promise<void> {
  return verifyAgreementMessage(message, genesis, referenceVerifier, removed)
}

describe('what an authority signs', () => {
  const id = hexTextToBytes(a.id)

  it('is the tagged digest of the network, the height, the round and the value', () => {
    const precommit = taggedDigest('precommit', encodeCbor([network, height, 3, id]))
    expect(statementDigest(network, vote('precommit', 0, 3, a))).toEqual(precommit)
    const nil = taggedDigest('prevote', encodeCbor([network, height, 3, null]))
    expect(statementDigest(network, vote('prevote', 0, 3, null))).toEqual(nil)
    const proposed = taggedDigest('proposal', encodeCbor([network, height, 3, id, null]))
    expect(statementDigest(network, proposal(3, a))).toEqual(proposed)
    const proven = taggedDigest('proposal', encodeCbor([network, height, 3, id, 1]))
    expect(statementDigest(network, proposal(3, a, polka([], 1, a)))).toEqual(proven)
  })
})

describe('a message', () => {
  it.each<[string, AgreementMessage]>([
    ['a vote', signed(vote('prevote', 2, 0, a))],
    ['a vote for nil', signed(vote('precommit', 2, 0, null))],
    ['a proposal', signed(proposal(0, a))],
    ['a proven proposal', signed(proposal(1, a, signedPolka([0, 2, 3])))],
    ['a polka', signedPolka([0, 1, 2])],
  ])('is accepted when its authorities signed it: %s', async (_, message) => {
    await expect(verify(message)).resolves.toBeUndefined()
  })

  it.each<[string, AgreementMessage, string]>([
    ['by another authority', { ...signed(vote('prevote', 2, 0, a)), authority: 1 }, 'bad-signature'],
    ['as another kind', { ...signed(vote('prevote', 2, 0, a)), kind: 'precommit' }, 'bad-signature'],
    ['for another value', { ...signed(vote('prevote', 2, 0, a)), valueId: b.id }, 'bad-signature'],
    ['for another round', { ...signed(vote('prevote', 2, 0, a)), round: 1 }, 'bad-signature'],
    ['for another height', { ...signed(vote('prevote', 2, 0, a)), height: 9 }, 'bad-signature'],
    ['by nobody', vote('prevote', 4, 0, a), 'bad-signature'],
    ['with a proof that it did not name', { ...signed(proposal(1, a)), validRound: 0 }, 'bad-certificate'],
    ['with too short a proof', signed(proposal(1, a, signedPolka([0, 1]))), 'bad-certificate'],
    ['with a proof in which one votes twice', signedPolka([0, 1, 1]), 'bad-certificate'],
    ['with a proof of another value', { ...signedPolka([0, 1, 2]), value: b }, 'bad-signature'],
    [
      'with a proof of another round',
      signed(proposal(2, a, { ...signedPolka([0, 1, 2]), round: 1 })),
      'bad-signature',
    ],
  ])('is refused when it is signed %s', async (_, message, code) => {
    await expect(verify(message)).rejects.toMatchObject({ code })
  })

  it('of a removed authority is refused, and so is a proof that needs it', async () => {
    const removed = new Set([2])
    await expect(verify(signed(vote('prevote', 2, 0, a)), removed)).rejects.toMatchObject({
      code: 'bad-signature',
    })
    await expect(verify(signedPolka([0, 1, 2]), removed)).rejects.toMatchObject({ code: 'bad-certificate' })
    await expect(verify(signedPolka([0, 1, 2, 3]), removed)).resolves.toBeUndefined()
  })
})

describe('a decision', () => {
  const decision: Decision = {
    height,
    round: 0,
    valueId: a.id,
    precommits: signedVotes('precommit', [0, 1, 3]),
  }

  function check(other: Partial<Decision>, removed?: ReadonlySet<number>): Promise<void> {
    return verifyDecision({ ...decision, ...other }, genesis, referenceVerifier, removed)
  }

  it('holds with the precommits of a quorum', async () => {
    await expect(check({})).resolves.toBeUndefined()
    await expect(check({ precommits: signedVotes('precommit', [0, 1, 2, 3]) })).resolves.toBeUndefined()
  })

  it.each<[string, Partial<Decision>]>([
    ['another value', { valueId: b.id }],
    ['another round', { round: 1 }],
    ['another height', { height: 9 }],
    ['too few precommits', { precommits: signedVotes('precommit', [0, 1]) }],
    ['prevotes', { precommits: signedVotes('prevote', [0, 1, 2]) }],
  ])('is refused with %s', async (_, other) => {
    await expect(check(other)).rejects.toMatchObject({ code: 'bad-certificate' })
  })

  it('is refused when it needs the vote of a removed authority', async () => {
    await expect(check({}, new Set([3]))).rejects.toMatchObject({ code: 'bad-certificate' })
  })
})
