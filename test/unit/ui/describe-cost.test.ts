import { describe, expect, it } from 'vitest'
import type { QueryUsage } from '../../../src/domain/economy/cost.ts'
import { DEFAULT_PRICES } from '../../../src/domain/economy/prices.ts'
import { parseTokens, ZERO_TOKENS } from '../../../src/domain/kernel/micro-tokens.ts'
import { describeCost, explainCost, tokensPerKb } from '../../../src/ui/screens/ask/describe-cost.ts'
import { sampleAnswer } from '../../support/sample-answer.ts'

const pricePerKb = parseTokens('2')
const answer = sampleAnswer('How often should a restore be tested?', 'both')
const usage: QueryUsage = {
  promptTokens: 400,
  contextTokens: 230,
  documentTokens: 40_000,
  documents: 3,
  estimatedDocuments: 2,
  encoding: 'o200k_base',
  paid: answer.usage.paid,
}
const loss: QueryUsage = { ...usage, documentTokens: 205, estimatedDocuments: 0 }

const line = (about: QueryUsage) => describeCost(answer, about, DEFAULT_PRICES)
const explain = (about: QueryUsage, of = answer) => explainCost(of, about, DEFAULT_PRICES, pricePerKb)
const named = (name: string, about = usage, of = answer) =>
  explain(about, of).find((one) => one.name === name)

describe('the cost line', () => {
  it('says what the answer consists of and what it saved', () => {
    expect(line(usage).facts).toEqual(['4 contexts', '993 bytes', '1.04 tokens', '420 ms'])
    expect(line(usage).savings).toEqual([
      '99 % fewer input tokens than the whole documents',
      '$0.0095 instead of $0.13',
    ])
    expect(line(usage).isSaving).toBe(true)
  })

  it('says “about” until the model’s tokens are counted', () => {
    expect(line(answer.usage).savings[0]).toMatch(/^About 99/)
    expect(named('Input tokens', answer.usage)?.how).toContain('Estimated: bytes / 4')
  })

  it('shows a loss as one', () => {
    expect(line(loss).savings[0]).toBe('12 % more input tokens than the whole documents')
    expect(line(loss).isSaving).toBe(false)
    expect(named('More expensive in total', loss)).toMatchObject({ value: '17 %' })
  })

  it('says when nothing is saved', () => {
    expect(line({ ...usage, documentTokens: 231 }).savings[0]).toBe(
      'As many input tokens as the whole documents',
    )
  })

  it('is no saving when only the input is smaller', () => {
    expect(line({ ...usage, documentTokens: 400 }).isSaving).toBe(false)
  })

  it('compares nothing when nothing was found', () => {
    const empty = { ...answer, results: [] }
    const nothing = { ...usage, documentTokens: 0, contextTokens: 0 }
    expect(describeCost(empty, nothing, DEFAULT_PRICES).savings).toEqual([])
    expect(explain(nothing, empty).map(({ name }) => name)).toEqual(['Contexts', 'Paid', 'Time'])
  })

  it('explains how model tokens were counted, which documents are estimated, and exact tokens', () => {
    expect(named('Input tokens')?.value).toBe('230 instead of 40,000')
    expect(named('Input tokens')?.how).toMatch(/Counted in o200k_base.* 2 of 3 documents .*estimated by size/)
    expect(named('Input tokens', loss)?.how).not.toContain('estimated')
    expect(named('Paid')?.value).toBe('1.044923 tokens')
    expect(named('Prompt')?.value).toBe('400 tokens on top')
  })

  it('reckons with the prices that the user set, a cached prompt beside', () => {
    const prices = {
      ...DEFAULT_PRICES,
      inputUsdPerMillion: 10,
      cachedInputUsdPerMillion: 0.1,
      outputTokens: 0,
    }
    const explained = explainCost(answer, usage, prices, pricePerKb)
    expect(explained.find(({ name }) => name === 'Cost for a model')).toMatchObject({
      value: '$0.0064 instead of $0.40',
      how: expect.stringContaining('630 tokens of prompt and contexts at $10.00 a million') as string,
    })
    expect(explained.find(({ name }) => name === 'More expensive against a cached prompt')?.how).toContain(
      '$0.004',
    )
    const free = { ...prices, inputUsdPerMillion: 0, outputUsdPerMillion: 0 }
    expect(explainCost(answer, usage, free, pricePerKb).at(-2)?.value).toBe('nothing to save')
  })

  it('does not contradict itself on a cached answer: nothing is paid again, and the earlier payment is named', () => {
    const cached = { ...answer, fromCache: true, paidEarlier: parseTokens('1.5') }
    const now = { ...usage, paid: ZERO_TOKENS }
    expect(describeCost(cached, now, DEFAULT_PRICES).facts).toContain('nothing paid again')
    expect(named('Paid', now, cached)).toMatchObject({
      value: '0 tokens',
      how: expect.stringMatching(/paid 1\.5 tokens then.*no part of the cost below/) as string,
    })
    expect(named('Cost for a model', now, cached)?.how).toContain('0 paid tokens')
    const free = { ...cached, paidEarlier: ZERO_TOKENS }
    expect(named('Paid', now, free)?.how).toContain('none of them cost anything then or now')
  })

  it('names the price that is in force', () => {
    const how = (price: string) =>
      explainCost(answer, usage, DEFAULT_PRICES, parseTokens(price)).find(({ name }) => name === 'Paid')?.how
    expect(how('3.5')).toContain('3.5 tokens for each KB')
    expect(tokensPerKb(parseTokens('1'))).toBe('1 token for each KB')
  })
})
