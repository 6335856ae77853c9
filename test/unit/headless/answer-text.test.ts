import { describe, expect, it } from 'vitest'
import { quotesToText, summaryToText } from '../../../src/headless/answer-text.ts'
import type { AnswerReport } from '../../../src/headless/answer-json.ts'
import type { AskResult } from '../../../src/peer/peer.ts'
import { sampleAnswer } from '../../support/sample-answer.ts'
import { createSampleAnswers } from '../../support/sample-answers.ts'

async function reportOf(results: readonly AskResult[]): Promise<AnswerReport> {
  const answer = { ...sampleAnswer('Who painted the ceiling?', 'library'), results }
  const cited = await createSampleAnswers().cite(answer, { spendBudget: answer.usage.paid })
  return { answer, cited, usage: { ...answer.usage, contextTokens: 1240, documentTokens: 16_517 } }
}

describe('an answer in a terminal', () => {
  it('says when nothing was found, without counting tokens of nothing', async () => {
    const report = await reportOf([])
    expect(quotesToText(report.cited)).toBe('Nothing was found.')
    expect(summaryToText(report)).toBe('0 contexts · 0 tokens · 420 ms')
  })

  it('tells passages that do not answer from none, and groups the digits of large numbers', async () => {
    const report = await reportOf(sampleAnswer('', 'library').results)
    expect(quotesToText(report.cited)).toBe('No passage answers this in its own words.')
    expect(summaryToText(report)).toMatch(/1,240 instead of 16,517 input tokens$/)
  })
})
