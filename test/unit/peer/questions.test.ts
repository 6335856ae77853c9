import { describe, expect, it } from 'vitest'
import { createMemoryContextStore } from '../../../src/adapters/storage-memory/memory-context-store.ts'
import { createMemoryQuestionLog } from '../../../src/adapters/storage-memory/memory-question-log.ts'
import { hashText } from '../../../src/domain/content/context-hash.ts'
import type { Context } from '../../../src/domain/content/context.ts'
import { utf8Length } from '../../../src/domain/content/utf8.ts'
import { estimateUsage } from '../../../src/domain/economy/cost.ts'
import { DEFAULT_PRICES } from '../../../src/domain/economy/prices.ts'
import { parseTokens, ZERO_TOKENS } from '../../../src/domain/kernel/micro-tokens.ts'
import type { Answer, AskResult } from '../../../src/peer/peer.ts'
import { createQuestions } from '../../../src/peer/questions.ts'
import { samplePeerId } from '../../support/sample-peer-ids.ts'
import type { Tokenizer } from '../../../src/ports/tokenizer.ts'

/** Every letter is a token. */
const letters: Tokenizer = {
  encoding: 'letters',
  count: (texts) => Promise.resolve(texts.map((text) => text.length)),
  close: () => undefined,
}

/** Passages of a document one after another, with two bytes between them. */
function passagesOf(document: string, texts: readonly string[]): Context[] {
  let at = 0
  const documentBytes = texts.reduce((sum, text) => sum + utf8Length(text) + 2, -2)
  return texts.map((text) => {
    const startByte = at
    at += utf8Length(text) + 2
    return {
      contextHash: hashText(text),
      text,
      sizeBytes: utf8Length(text),
      title: document,
      headingPath: [],
      tags: [],
      documentHash: hashText(document),
      documentTitle: document,
      documentBytes,
      startByte,
      endByte: startByte + utf8Length(text),
      author: samplePeerId(0),
      origin: 'own',
      addedAtMs: 0,
    }
  })
}

function answerOf(question: string, contexts: readonly Context[], paid = ZERO_TOKENS): Answer {
  const results = contexts.map((context): AskResult => ({
    ...context,
    score: 1,
    provider: 'self',
    paid: ZERO_TOKENS,
    transport: 'local',
  }))
  return {
    question,
    results,
    askedPeers: 0,
    fromCache: false,
    paidEarlier: ZERO_TOKENS,
    timings: { localMs: 0, discoverMs: 0, fetchMs: 0, payMs: 0, totalMs: 0 },
    usage: estimateUsage({ question: 0, contexts: [], documents: [], paid }),
    troubles: [],
  }
}

async function open({
  held = [],
  tokenizer = letters,
}: { held?: readonly Context[]; tokenizer?: Tokenizer } = {}) {
  const contextStore = createMemoryContextStore()
  const edges = held.map(({ contextHash, documentHash }) => ({
    from: contextHash,
    kind: 'PART_OF' as const,
    to: documentHash,
  }))
  await contextStore.putContexts(held, edges)
  let made = 0
  const questionLog = createMemoryQuestionLog()
  const questions = createQuestions({
    contextStore,
    questionLog,
    tokenizer,
    clock: { nowMs: () => (made += 1) },
    randomness: { bytes: (length) => new Uint8Array(length).fill((made += 1)) },
  })
  return { questions, questionLog }
}

describe('counting what a question costs', () => {
  const whole = passagesOf('Bees', ['The waggle dance', 'tells the way to food', 'and how far it is'])
  const part = passagesOf('Ants', ['Ants follow trails', 'of scent that fade, which makes the shortest win'])

  it('counts a document that is held whole, white space between its passages included', async () => {
    const { questions } = await open({ held: whole })
    const usage = await questions.count(answerOf('How?', whole.slice(0, 1), parseTokens('3')))
    expect(usage).toMatchObject({
      contextTokens: 16,
      documentTokens: whole[0]?.documentBytes,
      documents: 1,
      estimatedDocuments: 0,
      encoding: 'letters',
      paid: parseTokens('3'),
    })
  })

  it('estimates a document of which passages are missing, by the tokens a byte of the passages found', async () => {
    const [found] = part
    if (found === undefined) throw new Error('No passage')
    const half: Tokenizer = {
      ...letters,
      count: (texts) => Promise.resolve(texts.map((text) => text.length / 2)),
    }
    const { questions } = await open({ held: [found], tokenizer: half })
    const usage = await questions.count(answerOf('How?', [found]))
    expect(usage).toMatchObject({
      documentTokens: Math.round(found.documentBytes / 2),
      estimatedDocuments: 1,
    })
  })

  it('counts each document once, however many of its passages answer', async () => {
    const { questions } = await open({ held: [...whole, ...part] })
    const usage = await questions.count(answerOf('How?', [...whole, ...part]))
    expect(usage.documents).toBe(2)
    expect(usage.documentTokens).toBe((whole[0]?.documentBytes ?? 0) + (part[0]?.documentBytes ?? 0))
  })

  it('counts the prompt around the passages, and not the passages again', async () => {
    const { questions } = await open({ held: whole })
    const [one = 0, three = 0] = await Promise.all(
      [whole.slice(0, 1), whole].map(
        async (found) => (await questions.count(answerOf('How?', found))).promptTokens,
      ),
    )
    expect(one).toBeGreaterThan(500)
    // Two more labels and marks, but none of the passages' letters.
    expect(three - one).toBeLessThan(2 * 200)
    expect(three).toBeGreaterThan(one)
  })

  it('stays with the estimate when nothing can be counted', async () => {
    const broken: Tokenizer = { ...letters, count: () => Promise.reject(new Error('No memory')) }
    const { questions } = await open({ held: whole, tokenizer: broken })
    const answer = answerOf('How?', whole)
    expect(await questions.count(answer)).toBe(answer.usage)
  })
})

describe('kept questions', () => {
  const found = passagesOf('Bees', ['The waggle dance', 'tells the way to food'])
  const [first = hashText(''), second = hashText('')] = found.map(({ contextHash }) => contextHash)

  async function ask(question = 'How?') {
    const opened = await open({ held: found })
    const answer = answerOf(question, found)
    const kept = await opened.questions.keep(answer, await opened.questions.count(answer), DEFAULT_PRICES)
    return { ...opened, answer, kept }
  }

  it('hold a judgement of each result, which can be changed and taken back', async () => {
    const { questions, kept } = await ask()
    await Promise.all([
      questions.judge(kept.id, first, 'helpful'),
      questions.judge(kept.id, second, 'wrong'),
      questions.judge(kept.id, first, 'outdated'),
    ])
    expect([...((await questions.list())[0]?.judgements ?? [])]).toEqual([
      [first, 'outdated'],
      [second, 'wrong'],
    ])
    const changed = await questions.judge(kept.id, second, null)
    expect([...changed.judgements.keys()]).toEqual([first])
  })

  it('refuse judgements of what is no result, and of a forgotten question', async () => {
    const { questions, kept } = await ask()
    await expect(questions.judge(kept.id, hashText('other'), 'helpful')).rejects.toMatchObject({
      code: 'bad-input',
    })
    await questions.forget([kept.id])
    await expect(questions.judge(kept.id, first, 'helpful')).rejects.toMatchObject({ code: 'not-found' })
    expect(await questions.list()).toEqual([])
  })

  it('take over what was said when the same question was asked before', async () => {
    const { questions, kept, answer } = await ask()
    await questions.judge(kept.id, first, 'wrong')
    const again = await questions.keep(answerOf('How?', found.slice(0, 1)), answer.usage, DEFAULT_PRICES)
    expect([...again.judgements]).toEqual([[first, 'wrong']])
    const other = await questions.keep(answerOf('Why?', found), answer.usage, DEFAULT_PRICES)
    expect(other.judgements.size).toBe(0)
    await questions.forget([kept.id, again.id, other.id])
    expect(await questions.list()).toEqual([])
  })
})
