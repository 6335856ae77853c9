import { findSentences, type Sentence } from './sentences.ts'
import { findWords, textTerms, wordTerms } from './tokenize.ts'

/** A sentence and how well it answers. */
export interface RankedSentence extends Sentence {
  /** From 0, for no word of the question, to about 1. */
  readonly score: number
  /** Share of the question's words, weighted by rarity, that the sentence has itself; from 0 to 1. */
  readonly coverage: number
}

/** A passage whose sentences are weighed. */
export interface PassageText {
  readonly text: string
  /** What its title and headings say, which holds for every sentence. */
  readonly about?: string
}

/** Share of a word's weight that counts where the title, the heading above or the sentence before has it. */
const SHARE_OF_CONTEXT = 0.35
/** The same for the first sentence under a heading or after a question: it is where these are answered. */
const SHARE_OF_HEADING = 1.1
const FEW_WORDS = 4
const MANY_WORDS = 60
/** Further sentences of a passage don't count, so that a text made of nothing else costs little time. */
const MAX_SENTENCES = 500

/** What a question asks for, by its first words, and what a sentence has that tells it. */
const ANSWER_SHAPES: readonly { readonly asks: RegExp; readonly tells: RegExp; readonly bonus: number }[] = [
  {
    asks: /\bhow (?:many|much|long|often|big|large|fast|old|far|high|small|soon)\b|\bwhat (?:size|price|number|limit|port|version)\b/i,
    tells:
      /\d|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|twelve|hundred|thousand|once|twice|half)\b/i,
    bonus: 0.2,
  },
  {
    asks: /^\s*(?:when|since when|what (?:year|date|time))\b/i,
    tells: /\d|\b(?:when|once|after|before|until|while|as soon as|every|since)\b/i,
    bonus: 0.12,
  },
  {
    asks: /^\s*why\b|\bwhat is the reason\b/i,
    tells:
      /\b(?:because|since|so that|therefore|otherwise|due to|in order to|to avoid|reason|would|could)\b/i,
    bonus: 0.2,
  },
  {
    asks: /^\s*how (?:do|does|can|could|should|to|would|is|are)\b/i,
    tells:
      /^(?:first|to|by|use|call|run|set|add|open|choose|click|pass|install|create|import|write|put|press|switch|type|enter|drop|copy)\b|\b(?:by|with|using|use|call|run|pass)\b|`/i,
    bonus: 0.1,
  },
]
const ASKS_WHAT_IS = /^\s*(?:what(?:['’]s| is| are| does)|define|who (?:is|are))\b/i
const TELLS_WHAT_IS = /\b(?:is|are|means|stands for|refers to|describes|provides|lets|allows)\b/i
const BONUS_WHAT_IS = 0.15

/**
 * Every sentence of some passages with its score for a question, in order, one list a passage. The weight of a word of
 * the question is ln(1 + N / n): N sentences, n of them with the word. A sentence's score is the share of all words'
 * weights that it has, a part of those that its title, its heading or the sentence before have, and more where it has
 * the shape of what is asked for (a number for "how many"). Headings and questions only lend their words to the sentence after them.
 */
export function rankSentences(passages: readonly PassageText[], question: string): RankedSentence[][] {
  const asked = new Set(textTerms(question))
  const read = passages.map(({ text, about = '' }) => {
    const sentences = findSentences(text).slice(0, MAX_SENTENCES)
    return {
      text,
      aboutTerms: new Set(textTerms(about).filter((term) => asked.has(term))),
      sentences: sentences.map((sentence) => ({ sentence, ...readWords(text, sentence, asked) })),
    }
  })
  const weights = weighTerms(
    asked,
    read.flatMap(({ sentences }) => sentences.map(({ terms }) => terms)),
  )
  const total = sum(asked, weights)
  return read.map(({ text, aboutTerms, sentences }) => {
    let heading: ReadonlySet<string> = new Set()
    let before: ReadonlySet<string> = new Set()
    let isFirst = false
    return sentences.map(({ sentence, terms, wordCount }) => {
      const words = text.slice(sentence.start, sentence.end)
      const coverage = total === 0 ? 0 : sum(terms, weights) / total
      const lent = new Set([...aboutTerms, ...heading, ...before].filter((term) => !terms.has(term)))
      const share = isFirst ? SHARE_OF_HEADING : SHARE_OF_CONTEXT
      const base = total === 0 ? 0 : (sum(terms, weights) + share * sum(lent, weights)) / total
      // A heading's words hold for all that follows, a sentence's for the one after it, an introduction's for its list.
      isFirst = sentence.kind === 'heading' || isQuestion(words)
      if (isFirst) [heading, before] = [terms, new Set()]
      else if (sentence.kind === 'prose') before = terms
      return {
        ...sentence,
        coverage,
        score: base * formFactor(sentence, words, wordCount) + shapeBonus(question, words, base),
      }
    })
  })
}

function readWords(
  text: string,
  { start, end }: Sentence,
  asked: ReadonlySet<string>,
): { readonly terms: ReadonlySet<string>; readonly wordCount: number } {
  const words = findWords(text.slice(start, end))
  const terms = words.flatMap((word) => wordTerms(word.text)).filter((term) => asked.has(term))
  return { terms: new Set(terms), wordCount: words.length }
}

function weighTerms(
  asked: ReadonlySet<string>,
  sentences: readonly ReadonlySet<string>[],
): ReadonlyMap<string, number> {
  return new Map(
    Array.from(asked, (term) => {
      const having = sentences.filter((terms) => terms.has(term)).length
      return [term, Math.log(1 + sentences.length / Math.max(1, having))]
    }),
  )
}

function sum(terms: Iterable<string>, weights: ReadonlyMap<string, number>): number {
  let total = 0
  for (const term of terms) total += weights.get(term) ?? 0
  return total
}

/** What the form of a sentence leaves of its score: little to headings and questions, which name what they don't answer. */
function formFactor({ kind }: Sentence, words: string, wordCount: number): number {
  if (kind === 'heading') return 0.25
  if (isQuestion(words)) return 0.3
  if (kind === 'code') return 0.6
  if (wordCount < FEW_WORDS) return 0.6
  if (words.endsWith(':')) return 0.8
  return wordCount > MANY_WORDS ? 0.85 : 1
}

function isQuestion(words: string): boolean {
  return /[?？]["'”’)*_]*$/.test(words)
}

function shapeBonus(question: string, words: string, base: number): number {
  if (base === 0 || isQuestion(words)) return 0
  const shape = ANSWER_SHAPES.find(({ asks, tells }) => asks.test(question) && tells.test(words))
  if (shape !== undefined) return shape.bonus * Math.min(1, 2 * base)
  return ASKS_WHAT_IS.test(question) && TELLS_WHAT_IS.test(words) ? BONUS_WHAT_IS * Math.min(1, 2 * base) : 0
}
