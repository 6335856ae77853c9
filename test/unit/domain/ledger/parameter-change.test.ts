import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { toMicroTokens } from '../../../../src/domain/kernel/micro-tokens.ts'
import { decodeCbor, encodeCbor, type CborValue } from '../../../../src/domain/kernel/cbor.ts'
import {
  changesBetween,
  changesIn,
  encodeChange,
  encodeParameters,
  isWithinLimits,
  PARAMETER_NAMES,
  parameterLimits,
  readChange,
  readParameters,
  withChanges,
  type ParameterChange,
} from '../../../../src/domain/ledger/parameter-change.ts'
import { networkParameters, parameterChanges } from '../../../support/checkpoint-arbitraries.ts'
import { expectRefusal, genesis } from '../../../support/ledger.ts'

/** What a reader gets of fields that were written. */
const sent = (field: CborValue): CborValue => decodeCbor(encodeCbor(field))

describe('parameters', () => {
  it('come back from their CBOR form', () => {
    fc.assert(
      fc.property(networkParameters, (parameters) => {
        expect(readParameters(sent(encodeParameters(parameters)))).toEqual(parameters)
      }),
    )
  })

  it('become any others by the changes between them, in whatever order, and by none fewer', () => {
    fc.assert(
      fc.property(networkParameters, networkParameters, (before, after) => {
        const changes = changesBetween(before, after)
        expect(withChanges(before, changes)).toEqual(after)
        expect(withChanges(before, changes.toReversed())).toEqual(after)
        expect(changesBetween(after, withChanges(before, changes))).toEqual([])
        for (const change of changes) {
          const others = changes.filter((other) => other !== change)
          expect(changesBetween(withChanges(before, others), after)).toEqual([change])
        }
      }),
    )
  })

  it('are refused beyond their limits, one by one', () => {
    const written = encodeParameters(genesis)
    for (const [index, name] of PARAMETER_NAMES.entries()) {
      const { min, max } = parameterLimits[name]
      const beyond = [BigInt(max) + 1n, ...(min > 0n ? [BigInt(min) - 1n] : [])]
      for (const value of beyond) {
        expectRefusal(() => readParameters(sent(written.with(index, value))), 'bad-encoding')
      }
      for (const value of [min, max]) {
        expect(readParameters(sent(written.with(index, value)))[name]).toBe(value)
      }
    }
    expectRefusal(() => readParameters(written.slice(1)), 'bad-encoding')
    expectRefusal(() => readParameters([...written, 0]), 'bad-encoding')
  })
})

describe('a change', () => {
  it('comes back from its CBOR form', () => {
    fc.assert(
      fc.property(parameterChanges, (change) => {
        expect(isWithinLimits(change)).toBe(true)
        const [code, value] = encodeChange(change)
        expect(readChange(sent(code), sent(value))).toEqual(change)
      }),
    )
  })

  it.each<readonly [string, CborValue, CborValue]>([
    ['of an unknown parameter', 5, 1],
    ['of a parameter by its name', 'pricePerKb', 1],
    ['to a text', 1, '2'],
    ['to nothing', 1, null],
    ['to less than a price may be', 1, 0],
    ['to more than a decay may be', 3, 100_001],
    ['to an amount that is none', 4, 2n ** 63n],
  ])('%s is refused', (_, code, value) => {
    expectRefusal(() => readChange(code, value), 'bad-encoding')
  })

  it('is known to be beyond the limits by itself', () => {
    const tooDear: ParameterChange = { name: 'creditLine', value: toMicroTokens(100_000_001) }
    expect(isWithinLimits(tooDear)).toBe(false)
    expect(changesIn(genesis).every(isWithinLimits)).toBe(true)
  })
})
