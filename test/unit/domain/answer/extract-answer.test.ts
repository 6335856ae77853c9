import { describe, expect, it } from 'vitest'
import { bytesToText, textToBytes } from '../../../../src/domain/kernel/bytes.ts'
import { toMicroTokens } from '../../../../src/domain/kernel/micro-tokens.ts'
import { extractAnswer, findQuoteCandidates } from '../../../../src/domain/answer/extract-answer.ts'
import type { Quote } from '../../../../src/domain/answer/citation.ts'
import { labelPassages } from '../../../../src/domain/answer/label-passages.ts'
import { packPassages } from '../../../../src/domain/answer/pack-passages.ts'
import { createWordIndex } from '../../../../src/domain/retrieval/word-index.ts'
import type { Context } from '../../../../src/domain/content/context.ts'
import answerSentences from '../retrieval/answer-sentences.json' with { type: 'json' }
import { contextOf, readGuideContexts } from '../../../support/guide-contexts.ts'

/** Questions that the guide does not answer, though many share words with it. */
const foreignQuestions = (
  'How do I bake sourdough bread?|What is the capital of France?|Who won the world cup in 1998?|' +
  'Best time of the year to visit Japan|How do you change a bicycle tyre?|What does a mitochondrion do?|' +
  'How to cook rice without a pot|Why is the sky blue?|How many players are in a football team?|' +
  'How do I write a unit test in Rust?|What is the largest ocean?|How do you share a car with friends?|' +
  'Which documents do I need to renew my passport?|When did the second world war end?|What is a black hole?|' +
  'How much does a train ticket to Berlin cost?|How do I delete my Facebook account?|What is the speed of light?|' +
  'How do you prune roses?|Which keyboard is best for gaming?|How can I earn interest on savings?|' +
  'What are the symptoms of the flu?|How do I connect a printer to my laptop?|How do I reset my router?'
).split('|')

function extract(contexts: readonly Context[], question: string): readonly Quote[] {
  const words = createWordIndex()
  for (const context of contexts) words.add(context)
  const scores = words.search(question)
  const best = Math.max(...scores.values())
  const candidates = contexts
    .map((context) => ({
      context,
      score: (scores.get(context.contextHash) ?? 0) / best,
      price: toMicroTokens(0),
    }))
    .filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score)
    .slice(0, 8)
  const { passages } = packPassages(labelPassages(question, candidates), {
    tokens: [],
    tokenBudget: 1e9,
    spendBudget: toMicroTokens(0),
  })
  return extractAnswer(findQuoteCandidates(passages, question), null)
}

describe('an extractive answer', () => {
  it('holds the sentence that answers for most questions', () => {
    const contexts = readGuideContexts()
    const right = answerSentences.items.filter(([, question = '', answer = '']) =>
      extract(contexts, question).some(({ text }) => text.includes(answer)),
    )
    console.info(`extractive answer: right for ${right.length} of ${answerSentences.items.length} questions`)
    expect(right.length / answerSentences.items.length).toBeGreaterThanOrEqual(0.75)
  })

  it('is empty for most questions that no passage answers', () => {
    const contexts = readGuideContexts()
    const answered = foreignQuestions.filter((question) => extract(contexts, question).length > 0)
    console.info(
      `extractive answer: silent for ${foreignQuestions.length - answered.length} of ${foreignQuestions.length} others`,
    )
    expect(answered.length / foreignQuestions.length).toBeLessThanOrEqual(0.25)
  })

  it('quotes exact bytes of the passage and of its document', () => {
    const before = 'Ünrelated.\n\n'
    const text = 'Cats sleep. Naïve peers announce every 30 seconds, so that others find them again later.'
    const startByte = textToBytes(before).length
    const context = contextOf(text, { startByte, endByte: startByte + textToBytes(text).length })
    const [quote] = extract([context], 'how often do peers announce?')
    expect(quote?.text).toMatch(/^Naïve peers announce every 30 seconds/)
    const cut = (whole: string, span = { startByte: 0, endByte: 0 }) =>
      bytesToText(textToBytes(whole).slice(span.startByte, span.endByte))
    expect(cut(text, quote?.contextSpan)).toBe(quote?.text)
    expect(cut(before + text, quote?.documentSpan ?? undefined)).toBe(quote?.text)
  })

  it('says the same only once', () => {
    const text = 'The tracker announces peers every thirty seconds to everybody who asks for them.'
    const copy = contextOf(
      `${text}\n\nOther words stand here, and they are many more than those above this line.`,
    )
    expect(extract([contextOf(text), copy], 'how often does the tracker announce peers?')).toHaveLength(1)
  })
})
