import { describe, expect, it } from 'vitest'
import { encodeCbor } from '../../../../src/domain/kernel/cbor.ts'
import { encodeCertificate } from '../../../../src/domain/ledger/certificate.ts'
import { MAX_CLAIM_SOURCES } from '../../../../src/domain/ledger/operation-codec.ts'
import type { Operation, SignedEntry } from '../../../../src/domain/ledger/entry.ts'
import {
  encodeForkProof,
  forkIdOf,
  MAX_FORK_PROOF_BYTES,
  parseForkProof,
  proveFork,
  verifyForkProof,
  type ForkProof,
} from '../../../../src/domain/ledger/fork-proof.ts'
import { ann, bob, codeOf, expectRefusal, genesis, rejectionOf } from '../../../support/ledger.ts'
import { referenceVerifier } from '../../../support/reference-verifier.ts'
import { certificateOf, digestOf, entryAt, operations } from '../../../support/slot-entries.ts'

const seen = (signed: SignedEntry, isCertified = false) => ({
  signed,
  certificate: isCertified ? certificateOf(signed) : undefined,
})
const at5 = (operation: Operation) => entryAt(ann, 5, operation)
const [pay, otherPay, reserve, claim, reclaim] = [
  at5(operations.pay(1)),
  at5(operations.pay(2)),
  at5(operations.reserve(1)),
  at5(operations.claim(1)),
  at5(operations.reclaim(1)),
]
const verify = (proof: ForkProof) => rejectionOf(() => verifyForkProof(proof, genesis, referenceVerifier, []))

/** The proof that must come about. */
function prove(...[a, b]: Parameters<typeof proveFork>): ForkProof {
  const proof = proveFork(a, b)
  if (proof === undefined) throw new Error('No proof')
  return proof
}

describe('two entries at one place', () => {
  it.each([
    ['two payments', pay, otherPay],
    ['a payment and a reserve', pay, reserve],
  ])('are a fork when they are %s, in one form whoever saw which first', (_, one, other) => {
    const proof = prove(seen(one), seen(other, true))
    expect(encodeForkProof(proof)).toEqual(encodeForkProof(prove(seen(other), seen(one))))
    expect(proof.e1.hash < proof.e2.hash).toBe(true)
    expect(proof.certificate).toBeUndefined()
  })

  it.each([
    ['a claim', claim],
    ['a reclaim', reclaim],
  ])('are a fork when one spends and the other is %s with its certificate', (_, other) => {
    expect(prove(seen(other, true), seen(pay))).toMatchObject({ e1: pay, e2: other })
    expect(prove(seen(pay, true), seen(other, true))).toMatchObject({ e1: pay, e2: other })
  })

  it('prove nothing against whoever replaced an entry that was refused', () => {
    expect(proveFork(seen(claim), seen(pay, true))).toBeUndefined()
    expect(proveFork(seen(claim), seen(reclaim, true))).toBeUndefined()
  })

  it('prove nothing when they are the same, at two places, or of two accounts', () => {
    expect(proveFork(seen(pay), seen(pay))).toBeUndefined()
    expect(proveFork(seen(pay), seen(entryAt(ann, 6)))).toBeUndefined()
    expect(proveFork(seen(pay), seen(entryAt(bob, 5)))).toBeUndefined()
  })

  it('are the same fork as any other two at that place', () => {
    const ids = [prove(seen(pay), seen(otherPay)), prove(seen(pay), seen(claim, true))].map(forkIdOf)
    expect(new Set(ids).size).toBe(1)
    expect(forkIdOf(prove(seen(entryAt(ann, 6)), seen(entryAt(ann, 6, operations.pay(3)))))).not.toBe(ids[0])
  })
})

describe('a fork proof', () => {
  it.each([
    ['two spends', prove(seen(pay), seen(reserve))],
    ['a spend and a certified claim', prove(seen(pay), seen(claim, true))],
  ])('of %s comes back from its wire form and verifies', async (_, proof) => {
    const parsed = parseForkProof(encodeForkProof(proof))
    expect(parsed).toEqual(proof)
    expect(await verify(parsed)).toBeUndefined()
  })

  it('has room for the largest claim', () => {
    const many = Array.from({ length: MAX_CLAIM_SOURCES }, (_, n) => n)
    const largest = at5({
      ...operations.claim(0),
      type: 'claim',
      sources: many.map((n) => entryAt(bob, n + 1).hash),
      vouchers: many.map(() => ({ amount: undefined, signature: new Uint8Array(64) })),
      amount: entryAt(ann, 1).entry.balance,
    })
    const wire = encodeForkProof(prove(seen(pay), seen(largest, true)))
    expect(parseForkProof(wire).e2.hash).toBe(largest.hash)
    expect(wire.length).toBeLessThanOrEqual(MAX_FORK_PROOF_BYTES)
  })

  it('is refused in any other form than the one', () => {
    const proof = prove(seen(pay), seen(otherPay))
    const { e1, e2 } = proof
    expectRefusal(() => parseForkProof(encodeForkProof({ ...proof, e1: e2, e2: e1 })), 'bad-proof')
    expectRefusal(
      () => parseForkProof(encodeForkProof({ ...proof, certificate: certificateOf(e2) })),
      'bad-proof',
    )
    expectRefusal(() => parseForkProof(encodeForkProof({ ...proof, e2: e1 })), 'bad-proof')
    expectRefusal(() => parseForkProof(encodeForkProof({ ...proof, e1: pay, e2: claim })), 'bad-proof')
    expectRefusal(() => parseForkProof(encodeCbor([e1.wire, e2.wire])), 'bad-encoding')
    expectRefusal(() => parseForkProof(encodeCbor([e1.wire, e2.wire, 1])), 'bad-encoding')
    expectRefusal(() => parseForkProof(new Uint8Array(MAX_FORK_PROOF_BYTES + 1)), 'message-too-large')
  })

  it('does not hold when an entry is not signed by the account', async () => {
    const { e1, ...rest } = prove(seen(pay), seen(otherPay))
    const wire = e1.wire.with(-1, (e1.wire.at(-1) ?? 0) ^ 1)
    const forged = parseForkProof(encodeForkProof({ ...rest, e1: { ...e1, wire } }))
    expect(await verify(forged)).toBe('bad-signature')
  })

  it('does not hold when the certificate is another one, forged, or of too few', async () => {
    const proof = prove(seen(pay), seen(claim, true))
    const certified = (certificate: ForkProof['certificate']) => verify({ ...proof, certificate })
    expect(await certified(certificateOf(pay))).toBe('bad-certificate')
    expect(await certified(certificateOf(claim, [[0, bob]]))).toBe('bad-signature')
    expect(await certified(certificateOf(claim, []))).toBe('bad-certificate')
  })

  it('does not hold in another network', async () => {
    const elsewhere = { network: digestOf(9).slice(0, 8) }
    const [one, other] = [1, 2].map((n) => entryAt(ann, 5, operations.pay(n), elsewhere))
    if (one === undefined || other === undefined) throw new Error('No entries')
    expect(await verify(prove(seen(one), seen(other)))).toBe('bad-entry')
  })

  it('names what is wrong with an entry or certificate inside it', () => {
    const { e2 } = prove(seen(pay), seen(otherPay))
    expect(codeOf(() => parseForkProof(encodeCbor([new Uint8Array(3), e2.wire, null])))).toBe('bad-encoding')
    const certificate = encodeCertificate(certificateOf(claim)).slice(1)
    expect(codeOf(() => parseForkProof(encodeCbor([pay.wire, claim.wire, certificate])))).toBe('bad-encoding')
  })
})
