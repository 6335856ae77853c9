import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parametersToJson, parseParametersJson } from '../../../../src/domain/economy/parameters-json.ts'
import { LoremeshError } from '../../../../src/domain/kernel/errors.ts'
import { parseTokens } from '../../../../src/domain/kernel/micro-tokens.ts'
import { changesIn } from '../../../../src/domain/ledger/parameter-change.ts'
import { networkParameters } from '../../../support/checkpoint-arbitraries.ts'
import { genesis } from '../../../support/ledger.ts'

describe('the JSON form of parameters', () => {
  it('has the requirement’s keys, with amounts as decimal texts of tokens', () => {
    expect(parametersToJson(genesis)).toEqual({
      new_user_starter_tokens: '1000',
      tokens_per_kb_served: '2',
      newcomer_credit_line: '4',
      decay_per_day_ppm: 288,
      decay_exempt: '300',
    })
  })

  it('is read as the changes that make these parameters', () => {
    fc.assert(
      fc.property(networkParameters, (parameters) => {
        expect(parseParametersJson(parametersToJson(parameters))).toEqual(changesIn(parameters))
      }),
    )
    expect(parseParametersJson({})).toEqual([])
    expect(parseParametersJson({ decay_exempt: '12.5' })).toEqual([
      { name: 'decayExempt', value: parseTokens('12.5') },
    ])
  })

  it.each<readonly [string, unknown, string, string]>([
    ['no object', ['2'], 'not one JSON object', 'tokens_per_kb_served'],
    ['null', null, 'not one JSON object', 'tokens_per_kb_served'],
    ['an unknown key', { uptime_bonus: '1' }, '"uptime_bonus"', 'decay_exempt'],
    [
      'a number for an amount',
      { tokens_per_kb_served: 3 },
      'tokens_per_kb_served is 3',
      '"0.000001" to "1000"',
    ],
    ['no amount', { tokens_per_kb_served: 'much' }, 'is "much"', '"0.000001" to "1000"'],
    ['an amount below', { tokens_per_kb_served: '0' }, 'is "0"', '"0.000001" to "1000"'],
    ['an amount above', { newcomer_credit_line: '100.000001' }, 'newcomer_credit_line', '"0" to "100"'],
    ['a text for a number', { decay_per_day_ppm: '288' }, 'is "288"', 'from 0 to 100000'],
    ['a fraction', { decay_per_day_ppm: 0.5 }, 'is 0.5', 'from 0 to 100000'],
    ['a number above', { decay_per_day_ppm: 100_001 }, 'is 100001', 'from 0 to 100000'],
  ])('is refused with %s, saying what to do', (_, json, message, hint) => {
    const refusal = refusalOf(() => parseParametersJson(json))
    expect(refusal).toMatchObject({ code: 'bad-input' })
    expect(refusal?.message).toContain(message)
    expect(refusal?.hint).toContain(hint)
  })
})

function refusalOf(task: () => unknown): LoremeshError | undefined {
  try {
    task()
    return undefined
  } catch (error) {
    if (error instanceof LoremeshError) return error
    throw error
  }
}
