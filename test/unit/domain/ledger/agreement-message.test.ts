import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeCbor, encodeCbor, type CborValue } from '../../../../src/domain/kernel/cbor.ts'
import { LoremeshError } from '../../../../src/domain/kernel/errors.ts'
import {
  AGREEMENT_OVERHEAD_BYTES,
  encodeAgreementMessage,
  parseAgreementMessage,
  type AgreementMessage,
} from '../../../../src/domain/ledger/agreement-message.ts'
import { readList } from '../../../../src/domain/ledger/cbor-fields.ts'
import { a, b, format, polka, proposal, vote } from '../../../support/agreement-samples.ts'
import { codeOf, expectRefusal } from '../../../support/ledger.ts'

const samples: readonly (readonly [string, AgreementMessage])[] = [
  ['a new proposal', proposal(2, a)],
  ['a proven proposal', proposal(2, a, polka([0, 1, 3], 0, a))],
  ['a prevote', vote('prevote', 1, 5, b)],
  ['a precommit for nil', vote('precommit', 1, 5, null)],
  ['a polka', polka([1, 2, 3], 3, b)],
]

/** The message's bytes with one field of it changed. */
function withField(message: AgreementMessage, index: number, value: CborValue): Uint8Array {
  const fields = readList(decodeCbor(encodeAgreementMessage(message)), 8, 'message')
  return encodeCbor(fields.with(index, value))
}

describe.each(samples)('%s on the wire', (_, message) => {
  const wire = encodeAgreementMessage(message)

  it('comes back as it was', () => {
    expect(parseAgreementMessage(wire, format)).toEqual(message)
  })

  it('is refused with a field more or less', () => {
    const fields = readList(decodeCbor(wire), 8, 'message')
    for (const other of [fields.slice(0, -1), [...fields, 0]]) {
      expectRefusal(() => parseAgreementMessage(encodeCbor(other), format), 'bad-encoding')
    }
  })

  it('is refused, or is another well-formed message, when bytes are changed', () => {
    fc.assert(
      fc.property(fc.nat(wire.length - 1), fc.integer({ min: 1, max: 255 }), (at, mask) => {
        const damaged = wire.slice()
        damaged[at] = (damaged[at] ?? 0) ^ mask
        const code = codeOf(() => parseAgreementMessage(damaged, format))
        if (code === undefined) {
          expect(encodeAgreementMessage(parseAgreementMessage(damaged, format))).toEqual(damaged)
        } else expect(['bad-encoding', 'unsupported']).toContain(code)
      }),
    )
  })
})

describe('agreement messages', () => {
  it('of an unknown kind are refused as such', () => {
    const later = withField(vote('prevote', 1, 5, b), 0, 4)
    expectRefusal(() => parseAgreementMessage(later, format), 'unsupported')
  })

  it.each([
    ['a negative round', withField(vote('prevote', 1, 5, b), 2, -1)],
    ['an authority that no genesis has', withField(vote('prevote', 1, 5, b), 4, 10)],
    ['a short value id', withField(vote('prevote', 1, 5, b), 3, new Uint8Array(31))],
    ['a short signature', withField(vote('prevote', 1, 5, b), 5, new Uint8Array(63))],
    ['a proof of its own round', withField(proposal(2, a, polka([0, 1, 3], 0, a)), 4, 2)],
    ['a proof before round 0', withField(proposal(0, a), 4, 0)],
    ['prevotes of no round', withField(proposal(2, a, polka([0, 1, 3], 0, a)), 4, null)],
    ['no fields', encodeCbor([])],
    ['no list', encodeCbor(7)],
  ])('with %s are refused', (_, wire) => {
    expectRefusal(() => parseAgreementMessage(wire, format), 'bad-encoding')
  })

  it('are refused by their size before they are decoded, and payloads by theirs', () => {
    const tooLarge = new Uint8Array(format.maxPayloadBytes + AGREEMENT_OVERHEAD_BYTES + 1)
    expectRefusal(() => parseAgreementMessage(tooLarge, format), 'message-too-large')
    const { id } = a
    const heavy = encodeAgreementMessage(proposal(0, { id, payload: new Uint8Array(101) }))
    expectRefusal(() => parseAgreementMessage(heavy, format), 'bad-encoding')
  })

  it('fit into the limit with the largest payload and the prevotes of ten authorities', () => {
    const value = { id: format.idOf(new Uint8Array(100)), payload: new Uint8Array(100) }
    const round = Number.MAX_SAFE_INTEGER
    const proof = polka([0, 1, 2, 3, 4, 5, 6, 7, 8, 9], round - 1, value)
    const largest = { ...proposal(round, value, proof), height: Number.MAX_SAFE_INTEGER }
    expect(parseAgreementMessage(encodeAgreementMessage(largest), format)).toEqual(largest)
  })

  it('whose payload is no value are refused as whoever reads payloads says', () => {
    const idOf = () => {
      throw new LoremeshError('bad-checkpoint', 'No checkpoint')
    }
    const wire = encodeAgreementMessage(proposal(0, a))
    expectRefusal(() => parseAgreementMessage(wire, { ...format, idOf }), 'bad-checkpoint')
  })
})
