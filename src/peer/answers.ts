import { extractAnswer, findQuoteCandidates, type QuoteCandidate } from '../domain/answer/extract-answer.ts'
import type { Quote } from '../domain/answer/citation.ts'
import { checkModelChoice, type ModelChoice } from '../domain/answer/model-choice.ts'
import { labelPassages } from '../domain/answer/label-passages.ts'
import { packPassages, type PackedPassage, type PackedPassages } from '../domain/answer/pack-passages.ts'
import { buildPrompt, promptText } from '../domain/answer/prompt.ts'
import { citedNumbers, parseWrittenAnswer, type AnswerBlock } from '../domain/answer/written-answer.ts'
import type { ContextHash } from '../domain/content/context-hash.ts'
import { utf8Length } from '../domain/content/utf8.ts'
import { estimateTokens } from '../domain/economy/cost.ts'
import { LoremeshError } from '../domain/kernel/errors.ts'
import type { MicroTokens } from '../domain/kernel/micro-tokens.ts'
import type { Doubt } from '../domain/retrieval/doubt.ts'
import type { Clock } from '../ports/clock.ts'
import type { ContextStore } from '../ports/context-store.ts'
import type { Embedder } from '../ports/embedder.ts'
import type { LanguageModel, ModelMessage, OpenLanguageModel } from '../ports/language-model.ts'
import type { Tokenizer } from '../ports/tokenizer.ts'
import { createPassageNeighbours } from './passage-neighbours.ts'

/** The most model tokens of all passages of one prompt. */
const DEFAULT_TOKEN_BUDGET = 4000
/** So long the passages' tokens are waited for: the tokenizer may have to be loaded first. */
const COUNTING_MS = 100
/** Neighbours are looked up for the best passages only. */
const MAX_WITH_NEIGHBOURS = 4

/** A passage that a question found. */
interface FoundPassage {
  readonly contextHash: ContextHash
  readonly score: number
  readonly paid: MicroTokens
  /** Why it is placed last; unset for most. */
  readonly doubt?: Doubt
}

/** What a question found, packed for reading by people and models. */
export interface CitedAnswer {
  readonly question: string
  readonly packed: PackedPassages
  /** The answer in the passages' own words, best first; empty when nothing relevant was found. */
  readonly quotes: readonly Quote[]
  /** Instructions, passages and question as one text, for pasting into any chat. */
  readonly promptText: string
}

/** What a language model has written so far. */
export interface WrittenAnswer {
  readonly text: string
  readonly blocks: readonly AnswerBlock[]
  /** Numbers that it cites though no passage with that number was given to it. */
  readonly unknownCitations: readonly number[]
}

interface CiteOptions {
  /** The most that the passages together may have cost. */
  readonly spendBudget: MicroTokens
  /** The most model tokens of all passages; 4000 unless told. */
  readonly tokenBudget?: number
  readonly signal?: AbortSignal
}

/** Turns what a question found into an answer. */
export interface Answers {
  /** Packs found passages, best first, and quotes what answers in them; no model is asked. */
  cite(
    found: { readonly question: string; readonly results: readonly FoundPassage[] },
    options: CiteOptions,
  ): Promise<CitedAnswer>
  /**
   * Has a language model write the answer. `onText` gets what there is after each piece, also before a failure. Throws
   * what `LanguageModel.stream` does, and `unsupported` where there are no language models.
   */
  write(
    cited: CitedAnswer,
    choice: ModelChoice,
    options?: { readonly signal?: AbortSignal; readonly onText?: (written: WrittenAnswer) => void },
  ): Promise<WrittenAnswer>
  /** Asks a language model for a word, to see whether it answers. Gives its reply; throws as `write` does. */
  tryModel(choice: ModelChoice, signal?: AbortSignal): Promise<string>
}

export interface AnswersOptions {
  /** Gives language models that write answers; without it none can be asked. */
  readonly openLanguageModel?: OpenLanguageModel
}

/** Creates what answers from held contexts. */
export function createAnswers(
  components: {
    readonly contextStore: ContextStore
    readonly embedder: Pick<Embedder, 'embed'>
    readonly tokenizer: Pick<Tokenizer, 'count'>
    readonly clock: Pick<Clock, 'sleep' | 'abortable'>
  },
  { openLanguageModel }: AnswersOptions = {},
): Answers {
  const { contextStore, embedder, tokenizer, clock } = components
  const neighbours = createPassageNeighbours(components)

  /** Cosines of a question and sentences; null while no embedder can give vectors. */
  async function compare(
    question: string,
    candidates: readonly QuoteCandidate[],
    signal: AbortSignal | undefined,
  ): Promise<readonly number[] | null> {
    if (candidates.length === 0) return []
    try {
      const texts = candidates.map(({ text }) => text)
      const [[asked], sentences] = await Promise.all([
        embedder.embed([question], 'query', signal),
        embedder.embed(texts, 'passage', signal),
      ])
      return asked === undefined ? null : sentences.map((sentence) => cosine(asked, sentence))
    } catch {
      signal?.throwIfAborted()
      return null
    }
  }

  /** Model tokens of texts; estimated by their sizes while the tokenizer can't say. */
  async function countTokens(texts: readonly string[]): Promise<readonly number[]> {
    const patience = clock.abortable()
    const late = clock.sleep(COUNTING_MS, patience.signal).then(() => undefined)
    const counted = await Promise.race([tokenizer.count(texts), late]).catch(() => undefined)
    patience.abort()
    return counted ?? texts.map((text) => estimateTokens(utf8Length(text)))
  }

  function open(choice: ModelChoice): LanguageModel {
    const checked = checkModelChoice(choice)
    if (openLanguageModel === undefined) {
      throw new LoremeshError('unsupported', 'No language model can be asked here')
    }
    return openLanguageModel(checked)
  }

  return {
    async cite({ question, results }, { spendBudget, tokenBudget = DEFAULT_TOKEN_BUDGET, signal }) {
      const contexts = await contextStore.getContexts(results.map(({ contextHash }) => contextHash))
      const held = new Map(contexts.map((context) => [context.contextHash, context]))
      const candidates = results.flatMap(({ contextHash, score, paid, doubt }) => {
        const context = held.get(contextHash)
        return context === undefined ? [] : [{ context, score, price: paid, ...(doubt && { doubt }) }]
      })
      const around = await neighbours.around(contexts.slice(0, MAX_WITH_NEIGHBOURS))
      const labelled = labelPassages(question, candidates, around)
      const tokens = await countTokens(labelled.passages.map(({ block }) => block))
      const packed = packPassages(labelled, { tokens, tokenBudget, spendBudget })
      const trusted = packed.passages.filter(({ doubt }) => doubt === undefined)
      const quotable = findQuoteCandidates(trusted, question)
      const quotes = extractAnswer(quotable, await compare(question, quotable, signal))
      return { question, packed, quotes, promptText: promptText(question, packed) }
    },
    async write(cited, choice, { signal, onText } = {}) {
      const { instructions, input } = buildPrompt(cited.question, cited.packed)
      const messages: readonly ModelMessage[] = [
        { role: 'system', content: instructions },
        { role: 'user', content: input },
      ]
      let written = readWritten('', cited.packed.passages)
      for await (const piece of open(choice).stream(messages, signal)) {
        written = readWritten(written.text + piece, cited.packed.passages)
        onText?.(written)
      }
      return written
    },
    async tryModel(choice, signal) {
      const messages: readonly ModelMessage[] = [{ role: 'user', content: 'Reply with the word “ready”.' }]
      let reply = ''
      for await (const piece of open(choice).stream(messages, signal)) {
        reply += piece
        if (reply.length > 100) break
      }
      return reply.trim().slice(0, 100)
    },
  }
}

function readWritten(text: string, passages: readonly PackedPassage[]): WrittenAnswer {
  const known = new Set(passages.map(({ citation }) => citation.n))
  const blocks = parseWrittenAnswer(text, known)
  return { text, blocks, unknownCitations: citedNumbers(blocks).filter((n) => !known.has(n)) }
}

/** Cosine of two unit vectors of one space. */
function cosine(a: Float32Array, b: Float32Array): number {
  let product = 0
  for (let i = 0; i < a.length; i++) product += (a[i] ?? 0) * (b[i] ?? 0)
  return product
}
