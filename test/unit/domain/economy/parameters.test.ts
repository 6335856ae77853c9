import { describe, expect, it } from 'vitest'
import { createGenesis, parameters } from '../../../../src/domain/economy/parameters.ts'
import { decayOf } from '../../../../src/domain/ledger/adjust-standing.ts'
import { parseTokens } from '../../../../src/domain/kernel/micro-tokens.ts'
import { ann, START_MS } from '../../../support/ledger.ts'

describe('the economy’s parameters', () => {
  it.each(Object.entries(parameters))(
    '%s has a default within its range, a unit and a reason',
    (_, parameter) => {
      expect(parameter.default >= parameter.min && parameter.default <= parameter.max).toBe(true)
      expect(parameter.unit).not.toBe('')
      expect(parameter.reason).not.toBe('')
    },
  )

  it('ask of a payer exactly what a payee gets', () => {
    expect(parameters.tokens_per_kb_retrieved.default).toBe(parameters.tokens_per_kb_served.default)
  })

  it('let a large balance decay by 10 % in a year', () => {
    const large = parseTokens('1000000')
    const genesis = createGenesis({ name: 'test', createdAtMs: START_MS, authorities: [ann.account] })
    expect(Number(decayOf(large, 365, genesis)) / Number(large)).toBeCloseTo(0.1, 3)
  })

  it('are what a genesis starts from, unless told otherwise', () => {
    const network = { name: 'test', createdAtMs: START_MS, authorities: [ann.account] }
    expect(createGenesis(network)).toEqual({
      ...network,
      starterGrant: parseTokens('1000'),
      pricePerKb: parseTokens('2'),
      paymentWindowMs: 300_000,
      checkpointIntervalMs: 30_000,
      creditLine: parseTokens('4'),
      decayPerDayPpm: 288,
      decayExempt: parseTokens('300'),
    })
    expect(createGenesis(network, { starterGrant: parseTokens('5') }).starterGrant).toBe(parseTokens('5'))
  })
})
