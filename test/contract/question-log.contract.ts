import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { hashText } from '../../src/domain/content/context-hash.ts'
import { DEFAULT_PRICES } from '../../src/domain/economy/prices.ts'
import { toMicroTokens } from '../../src/domain/kernel/micro-tokens.ts'
import type { KeptQuestion, QuestionLog } from '../../src/ports/question-log.ts'
import type { OpenStore } from './open-store.ts'

const [first, second] = [hashText('first'), hashText('second')]

function kept(id: string, askedAtMs: number, about: Partial<KeptQuestion> = {}): KeptQuestion {
  return {
    id,
    question: `Question ${id}?`,
    askedAtMs,
    usage: {
      promptTokens: 210,
      contextTokens: 400,
      documentTokens: 12_000,
      documents: 2,
      estimatedDocuments: 1,
      encoding: 'o200k_base',
      paid: toMicroTokens(9_007_199_254_740_993n),
    },
    prices: DEFAULT_PRICES,
    results: [first, second],
    judgements: new Map([[second, 'outdated']]),
    ...about,
  }
}

/** What every question log does. */
export function describeQuestionLog(name: string, openLog: () => Promise<OpenStore<QuestionLog>>): void {
  describe(`question log ${name}`, () => {
    let opened: OpenStore<QuestionLog>
    let log: QuestionLog
    beforeEach(async () => {
      opened = await openLog()
      log = opened.store
    })
    afterEach(() => opened.close())

    const idsOf = async (): Promise<string[]> => (await log.list()).map(({ id }) => id)

    it('gives back a question with exact amounts and its judgements', async () => {
      const question = kept('a', 10, { usage: { ...kept('a', 10).usage, encoding: null } })
      await log.put(question)
      expect(await log.get('a')).toEqual(question)
      expect(await log.get('b')).toBeUndefined()
    })

    it('lists the newest first and replaces a question of the same id', async () => {
      for (const [id, at] of [
        ['a', 10],
        ['b', 30],
        ['c', 20],
      ] as const)
        await log.put(kept(id, at))
      await log.put(kept('c', 20, { judgements: new Map() }))
      expect(await idsOf()).toEqual(['b', 'c', 'a'])
      expect((await log.get('c'))?.judgements.size).toBe(0)
    })

    it('finds the newest of the same text, and no other', async () => {
      await log.put(kept('a', 10, { question: 'How?' }))
      await log.put(kept('b', 20, { question: 'How?' }))
      await log.put(kept('c', 30, { question: 'How? ' }))
      expect((await log.newestOf('How?'))?.id).toBe('b')
      expect(await log.newestOf('How')).toBeUndefined()
    })

    it('forgets those that are named, and the oldest', async () => {
      for (const [id, at] of [
        ['a', 10],
        ['b', 20],
        ['c', 30],
        ['d', 40],
      ] as const)
        await log.put(kept(id, at))
      await log.remove(['c', 'missing'])
      await log.prune(2)
      expect(await idsOf()).toEqual(['d', 'b'])
      await log.prune(2)
      expect(await idsOf()).toEqual(['d', 'b'])
      await log.remove(['b', 'd'])
      expect(await idsOf()).toEqual([])
    })

    it('keeps questions through closing and opening again', async ({ skip }) => {
      const { reopen } = opened
      if (reopen === undefined) return skip('lives as long as the process')
      await log.put(kept('a', 10))
      opened = await reopen()
      expect(await opened.store.list()).toEqual([kept('a', 10)])
    })
  })
}
