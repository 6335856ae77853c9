import { describe, expect, it } from 'vitest'
import { parseTokens } from '../../../src/domain/kernel/micro-tokens.ts'
import { describeCost, explainCost, tokensPerKb } from '../../../src/ui/screens/ask/describe-cost.ts'
import { sampleAnswer } from '../../support/sample-answer.ts'

const pricePerKb = parseTokens('2')
const answer = sampleAnswer('How often should a restore be tested?', 'both')

describe('the cost line', () => {
  it('says what the answer consists of and what it saved', () => {
    const line = describeCost({
      ...answer,
      cost: { ...answer.cost, inputSaving: 0.97, withLoremeshUsd: 0.02, fullUsd: 0.63 },
    })
    expect(line.facts).toEqual(['4 contexts', '993 bytes', '1.04 tokens', '420 ms'])
    expect(line.savings).toEqual([
      '97 % fewer input tokens than the whole documents',
      '$0.02 instead of $0.63',
    ])
    expect(line.isSaving).toBe(true)
  })

  it('shows a loss as one', () => {
    const cost = { ...answer.cost, inputSaving: -0.12, totalSaving: -0.3 }
    const line = describeCost({ ...answer, cost })
    expect(line.savings[0]).toBe('12 % more input tokens than the whole documents')
    expect(line.isSaving).toBe(false)
    expect(explainCost({ ...answer, cost }, pricePerKb)).toContainEqual(
      expect.objectContaining({ name: 'More expensive by', value: '30 %' }),
    )
  })

  it('says when nothing is saved', () => {
    const cost = { ...answer.cost, inputSaving: 0.004 }
    expect(describeCost({ ...answer, cost }).savings[0]).toBe('As many input tokens as the whole documents')
  })

  it('is no saving when only the input is smaller', () => {
    expect(describeCost({ ...answer, cost: { ...answer.cost, totalSaving: -0.01 } }).isSaving).toBe(false)
  })

  it('compares nothing when nothing was found', () => {
    const cost = { ...answer.cost, fullInputTokens: 0, inputSaving: NaN, totalSaving: NaN }
    const empty = { ...answer, results: [], cost }
    expect(describeCost(empty).savings).toEqual([])
    expect(explainCost(empty, pricePerKb).map(({ name }) => name)).toEqual(['Contexts', 'Paid', 'Time'])
  })

  it('explains how model tokens were counted, and exact tokens', () => {
    const explanations = explainCost(answer, pricePerKb)
    expect(explanations.find(({ name }) => name === 'Input tokens')?.how).toContain('estimate: bytes / 4')
    expect(explanations.find(({ name }) => name === 'Paid')?.value).toBe('1.044923 tokens')
  })

  it('names the price that is in force', () => {
    const how = (price: string) =>
      explainCost(answer, parseTokens(price)).find(({ name }) => name === 'Paid')?.how
    expect(how('3.5')).toContain('3.5 tokens for each KB')
    expect(tokensPerKb(parseTokens('1'))).toBe('1 token for each KB')
  })
})
