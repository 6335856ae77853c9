import { describe, expect, it } from 'vitest'
import { openNodeStaticEmbedder } from '../../../src/adapters/embedding-static/node-static-embedding.ts'
import { createTextDocumentParser } from '../../../src/adapters/documents-text/text-document-parser.ts'
import { createMemoryContextStore } from '../../../src/adapters/storage-memory/memory-context-store.ts'
import type { ModelChoice } from '../../../src/domain/answer/model-choice.ts'
import type { Context } from '../../../src/domain/content/context.ts'
import { makeContexts } from '../../../src/domain/graph/make-contexts.ts'
import { textToBytes } from '../../../src/domain/kernel/bytes.ts'
import { LoremeshError } from '../../../src/domain/kernel/errors.ts'
import { toMicroTokens } from '../../../src/domain/kernel/micro-tokens.ts'
import { createAnswers, type Answers, type WrittenAnswer } from '../../../src/peer/answers.ts'
import type { LanguageModel, ModelMessage } from '../../../src/ports/language-model.ts'
import type { Tokenizer } from '../../../src/ports/tokenizer.ts'
import { createManualClock } from '../../support/manual-clock.ts'
import { samplePeerId } from '../../support/sample-peer-ids.ts'

const choice: ModelChoice = { provider: 'openai', endpoint: 'https://api.example', model: 'm', apiKey: '' }
const embedder = openNodeStaticEmbedder()
const spendBudget = toMicroTokens(0)
const sectionTexts = ['Trackers', 'Relays', 'Ledgers'].map((title, at) =>
  [
    `# ${title}`,
    `The ${title.toLowerCase()} answer every ${at + 3} seconds.`,
    'Words that fill the section. '.repeat(25),
  ].join('\n\n'),
)

const clock = createManualClock()
/** Every text has a hundred tokens. */
const tokenizer = { count: (texts: readonly string[]) => Promise.resolve(texts.map(() => 100)) }

/** Answers over a store that holds one document of three sections and one that refers to it. */
async function openAnswers(
  model?: LanguageModel,
  counting: Pick<Tokenizer, 'count'> = tokenizer,
): Promise<{
  readonly answers: Answers
  readonly contexts: readonly Context[]
  readonly referring: Context
}> {
  const contextStore = createMemoryContextStore()
  const parser = createTextDocumentParser()
  const about = { author: samplePeerId(0), addedAtMs: 0, origin: 'own', visibility: 'private' } as const
  const read = async (path: string, text: string) => {
    const made = makeContexts(await parser.parse({ path, bytes: textToBytes(text) }), { ...about, path })
    await contextStore.putDocument(made.document, made.contexts, made.edges)
    return made.contexts
  }
  const contexts = await read('parts.md', sectionTexts.join('\n\n'))
  const [referring] = await read(
    'index.md',
    '# Index\n\nSee [the parts](parts.md) for more about all of this.',
  )
  if (referring === undefined) throw new Error('The referring document has no context')
  await embedder.load()
  const answers = createAnswers(
    { contextStore, embedder, tokenizer: counting, clock },
    model && { openLanguageModel: () => model },
  )
  return { answers, contexts, referring }
}

const found = (contexts: readonly Context[]) =>
  contexts.map(({ contextHash }, at) => ({ contextHash, score: 1 - at / 10, paid: toMicroTokens(0) }))

/** A model that writes these pieces, then fails if told to. */
function modelOf(
  pieces: readonly string[],
  failure?: LoremeshError,
): LanguageModel & { readonly asked: (readonly ModelMessage[])[] } {
  const asked: (readonly ModelMessage[])[] = []
  return {
    asked,
    async *stream(messages) {
      asked.push(messages)
      yield* pieces
      await Promise.resolve()
      if (failure !== undefined) throw failure
    },
  }
}

describe('the answer to a question', () => {
  it('is quoted from the passages, without any model', async () => {
    const { answers, contexts } = await openAnswers()
    const cited = await answers.cite(
      { question: 'how often do relays answer?', results: found(contexts) },
      { spendBudget },
    )
    expect(cited.quotes[0]?.text).toContain('The relays answer every 4 seconds.')
    expect(cited.promptText).toContain(contexts[0]?.text)
  })

  it('is nothing when nothing relevant was found', async () => {
    const { answers, contexts } = await openAnswers()
    const cited = await answers.cite(
      { question: 'how is bread baked?', results: found(contexts) },
      { spendBudget },
    )
    expect(cited.quotes).toEqual([])
  })

  it('brings what stands beside the passages, and what they refer to', async () => {
    const { answers, contexts, referring } = await openAnswers()
    const [first, second] = contexts
    const beside = await answers.cite(
      { question: 'trackers', results: found(contexts.slice(0, 1)) },
      { spendBudget },
    )
    expect(beside.packed.passages.map(({ text }) => text)).toEqual([first?.text, second?.text])
    const linked = await answers.cite({ question: 'index', results: found([referring]) }, { spendBudget })
    expect(linked.packed.passages.map(({ text }) => text)).toEqual([referring.text, first?.text])
  })
})

describe('the budget of tokens', () => {
  const question = 'how often?'
  const tokenBudget = 250

  it('is kept by the count of a tokenizer', async () => {
    const { answers, contexts } = await openAnswers()
    const cited = await answers.cite({ question, results: found(contexts) }, { spendBudget, tokenBudget })
    expect(cited.packed.passages).toHaveLength(2)
    expect(cited.packed.tokens).toBe(200)
  })

  it('is kept by an estimate when the tokenizer fails, and while it is not ready', async () => {
    const failing = { count: () => Promise.reject(new LoremeshError('internal', 'It broke down')) }
    const failed = await openAnswers(undefined, failing)
    const results = found(failed.contexts)
    const { packed } = await failed.answers.cite({ question, results }, { spendBudget, tokenBudget: 4000 })
    expect(packed.tokens).toBeGreaterThan(500)

    const slow = await openAnswers(undefined, { count: () => new Promise(() => undefined) })
    const citing = slow.answers.cite({ question, results }, { spendBudget, tokenBudget: 4000 })
    await clock.advance(100)
    expect((await citing).packed.tokens).toBe(packed.tokens)
  })
})

describe('a passage that is doubted', () => {
  it('is given to the model with the doubt, and not quoted', async () => {
    const { answers, contexts } = await openAnswers()
    const question = 'how often do relays answer?'
    const relays = contexts.filter(({ text }) => text.includes('The relays'))
    const results = found(relays).map((one) => ({ ...one, doubt: 'outdated' as const }))
    const cited = await answers.cite({ question, results }, { spendBudget })
    expect(cited.quotes.some(({ text }) => text.includes('The relays'))).toBe(false)
    expect(cited.promptText).toContain('warning="the user has judged it outdated"')
  })
})

describe('a written answer', () => {
  it('comes piece by piece, and citations of nothing are told', async () => {
    const model = modelOf(['They answer ', 'often [1], ', 'or not [7].'])
    const { answers, contexts } = await openAnswers(model)
    const cited = await answers.cite({ question: 'how often?', results: found(contexts) }, { spendBudget })
    const seen: WrittenAnswer[] = []
    const written = await answers.write(cited, choice, { onText: (text) => seen.push(text) })
    expect(seen.map(({ text }) => text)).toEqual([
      'They answer ',
      'They answer often [1], ',
      'They answer often [1], or not [7].',
    ])
    expect(written.unknownCitations).toEqual([7])
    const [messages] = model.asked
    expect(messages?.map(({ role }) => role)).toEqual(['system', 'user'])
    expect(messages?.[0]?.content).not.toContain(contexts[0]?.text)
    expect(messages?.[1]?.content).toContain('Question: how often?')
  })

  it('keeps what came before a failure', async () => {
    const { answers, contexts } = await openAnswers(
      modelOf(['half'], new LoremeshError('truncated', 'It broke off')),
    )
    const cited = await answers.cite({ question: 'how often?', results: found(contexts) }, { spendBudget })
    let last = ''
    const writing = answers.write(cited, choice, { onText: ({ text }) => (last = text) })
    await expect(writing).rejects.toMatchObject({ code: 'truncated' })
    expect(last).toBe('half')
  })

  it('needs a language model, and a usable choice of one', async () => {
    const { answers } = await openAnswers()
    await expect(answers.tryModel(choice)).rejects.toMatchObject({ code: 'unsupported' })
    await expect(answers.tryModel({ ...choice, model: '' })).rejects.toMatchObject({ code: 'bad-input' })
    const ready = await openAnswers(modelOf([' ready', '\n']))
    expect(await ready.answers.tryModel(choice)).toBe('ready')
  })
})
