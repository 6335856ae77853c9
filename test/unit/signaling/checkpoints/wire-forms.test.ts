import { describe, expect, it } from 'vitest'
import { encodeCut, parseCut } from '../../../../signaling/checkpoints/cut.ts'
import { encodeObjection, parseObjection } from '../../../../signaling/checkpoints/objection.ts'
import { encodeProposal, parseProposal } from '../../../../signaling/checkpoints/proposal.ts'
import { encodeCbor } from '../../../../src/domain/kernel/cbor.ts'
import { encodeAgreementMessage } from '../../../../src/domain/ledger/agreement-message.ts'
import { sampleCheckpoint } from '../../../support/checkpoint-samples.ts'
import { ann, bob, cat, expectRefusal } from '../../../support/ledger.ts'
import { entryAt, operations } from '../../../support/slot-entries.ts'

const places = [ann, bob, cat].map(({ account }, seq) => ({ account, seq }))

describe('a cut', () => {
  it('comes back sorted by account', () => {
    const wire = encodeCut([...places].reverse())
    expect(encodeCut(parseCut(wire))).toEqual(wire)
    expect(parseCut(wire)).toHaveLength(3)
    expect(parseCut(encodeCut([]))).toEqual([])
  })

  it('is refused in another order, with an account twice, and with fields of other types', () => {
    const [first, second] = parseCut(encodeCut(places)).map(({ account, seq }) => [account, seq])
    if (first === undefined || second === undefined) throw new Error('The cut is empty')
    expectRefusal(() => parseCut(encodeCbor([second, first])), 'bad-encoding')
    expectRefusal(() => parseCut(encodeCbor([first, first])), 'bad-encoding')
    expectRefusal(() => parseCut(encodeCbor([[...first, 1]])), 'bad-encoding')
    expectRefusal(() => parseCut(encodeCbor([[new Uint8Array(31), 1]])), 'bad-encoding')
    expectRefusal(() => parseCut(new Uint8Array(300_000)), 'message-too-large')
  })
})

describe('a proposal', () => {
  it('comes back as it was', () => {
    const { signed, facts } = sampleCheckpoint()
    const claims = [entryAt(ann, 5, operations.claim(1))]
    const wire = encodeProposal({ checkpoint: signed, facts, cut: places, proofs: [], claims })
    const parsed = parseProposal(wire)
    expect(parsed.claims.map(({ hash }) => hash)).toEqual(claims.map(({ hash }) => hash))
    expect(parsed.checkpoint.hash).toBe(signed.hash)
    expect(encodeProposal(parsed)).toEqual(wire)
  })

  it('is refused with other fields, or when it is too large', () => {
    expectRefusal(() => parseProposal(encodeCbor([])), 'bad-encoding')
    expectRefusal(() => parseProposal(encodeCbor([1, 2, 3, 4, 5])), 'bad-encoding')
    expectRefusal(() => parseProposal(new Uint8Array(3_000_000)), 'message-too-large')
  })
})

describe('an objection', () => {
  const claims = [1, 2].map((number) => entryAt(ann, 5, operations.claim(number)))

  it('comes back with its claims', () => {
    const wire = encodeObjection(
      7,
      claims.map((claim) => claim.wire),
    )
    const objection = parseObjection(wire)
    expect(objection?.height).toBe(7)
    expect(objection?.claims.map(({ hash }) => hash)).toEqual(claims.map(({ hash }) => hash))
  })

  it('leaves out claims for which there is no room', () => {
    const wire = encodeObjection(7, [...claims.map((claim) => claim.wire), new Uint8Array(131_072)])
    expect(parseObjection(wire)?.claims).toHaveLength(2)
  })

  it('is told from messages of the agreement', () => {
    const vote = { height: 7, round: 0, valueId: null, authority: 1, signature: new Uint8Array(64) }
    expect(parseObjection(encodeAgreementMessage({ kind: 'prevote', ...vote }))).toBeUndefined()
    expectRefusal(() => parseObjection(encodeCbor([4, 7])), 'bad-encoding')
    expectRefusal(() => parseObjection(encodeCbor([4, 7, [new Uint8Array(3)]])), 'bad-encoding')
  })
})
