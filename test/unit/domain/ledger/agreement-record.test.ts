import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeCbor, encodeCbor } from '../../../../src/domain/kernel/cbor.ts'
import { readTuple } from '../../../../src/domain/ledger/cbor-fields.ts'
import { encodeAgreementMessage } from '../../../../src/domain/ledger/agreement-message.ts'
import type { AgreementEffect } from '../../../../src/domain/ledger/agreement-host.ts'
import {
  encodeAgreementRecord,
  parseAgreementRecord,
  type AgreementRecord,
} from '../../../../src/domain/ledger/agreement-record.ts'
import {
  a,
  accept,
  b,
  format,
  inWords,
  locked,
  machineOf,
  nextRound,
  polka,
  proposal,
  recordOf,
  sent,
  started,
  timers,
} from '../../../support/agreement-samples.ts'
import { codeOf, expectRefusal } from '../../../support/ledger.ts'

/** The record that an authority which did this finds when it is back. */
function restored(effects: readonly AgreementEffect[]): AgreementRecord {
  return parseAgreementRecord(encodeAgreementRecord(recordOf(effects)), format)
}

describe('an authority that crashed', () => {
  it('had everything stored before it sent anything', () => {
    const types = accept(started(), 0, a).map(({ type }) => type)
    expect(types).toEqual(['judge', 'persist', 'broadcast'])
  })

  it('states again what it stated before, and nothing else in the same place', () => {
    const again = machineOf(3, restored(accept(started(), 0, a)))
    expect(sent(again.start())).toEqual(['prevote 0 a'])
    expect(again.receive(proposal(0, b))).toEqual([])
    expect(again.timedOut('propose', 0)).toEqual([])
  })

  it('waits again for the proposal, or makes it if it had not', () => {
    expect(timers(machineOf(3, restored(machineOf(3).start())).start())).toEqual(['propose 0 1000'])
    const proposer = machineOf(0)
    expect(machineOf(0, restored(proposer.start())).start()).toContainEqual({
      type: 'value-wanted',
      round: 0,
    })
    expect(sent(machineOf(0, restored(proposer.propose(0, a))).start())).toEqual([
      'proposal 0 a',
      'prevote 0 a',
    ])
  })

  it('is still locked and still has the proofs to show', () => {
    const machine = locked()
    const again = machineOf(3, restored(machine.timedOut('propose', 1)))
    expect(again.repeat().map(inWords)).toEqual(machine.repeat().map(inWords))
    expect(sent(again.start())).toContain('polka 0 a')
    nextRound(again, 1)
    expect(sent(again.receive(proposal(2, b)))).toEqual(['prevote 2 nil'])
  })

  it('may not start from the record of another height', () => {
    const record = recordOf(machineOf(3).start())
    expectRefusal(() => machineOf(3, { ...record, height: record.height + 1 }), 'bad-input')
  })
})

describe('the bytes of a record', () => {
  const record = recordOf(locked().timedOut('propose', 1))
  const bytes = encodeAgreementRecord(record)

  it('give the record back', () => {
    expect(parseAgreementRecord(bytes, format)).toEqual(record)
    const empty = recordOf(machineOf(3).start())
    expect(parseAgreementRecord(encodeAgreementRecord(empty), format)).toEqual(empty)
  })

  it('end in a typed refusal or another record when they are damaged', () => {
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (at, mask) => {
        const damaged = bytes.slice()
        damaged[at] = (damaged[at] ?? 0) ^ mask
        const code = codeOf(() => parseAgreementRecord(damaged, format))
        expect(['bad-encoding', 'unsupported', undefined]).toContain(code)
      }),
    )
  })

  it.each([
    ['a polka among statements', 6, [encodeAgreementMessage(polka([0, 1, 2], 0, a))]],
    ['a proposal among votes', 7, [encodeAgreementMessage(proposal(0, a))]],
    ['a statement as a polka', 5, encodeAgreementMessage(proposal(0, a))],
  ])('are refused with %s', (_, field, wrong) => {
    const fields = readTuple(decodeCbor(bytes), 8, 'record')
    expectRefusal(() => parseAgreementRecord(encodeCbor(fields.with(field, wrong)), format), 'bad-encoding')
  })

  it('are refused when they are too many', () => {
    expectRefusal(() => parseAgreementRecord(new Uint8Array(100_000), format), 'message-too-large')
  })
})
