import { readFileSync } from 'node:fs'
import type { ContextHash } from '../../src/domain/content/context-hash.ts'
import { readPassages, type PackageFiles, type Passage, type PassageView } from './corpus.ts'

/** Passages that answer a question: those of a file under a heading, or the one that holds a quote. */
export type Locator =
  { readonly file: string; readonly heading: string } | { readonly file: string; readonly quote: string }

/** Weights are fitted on the training questions alone; what counts are the figures of those held out. */
export type Split = 'train' | 'held-out'

/** A question and what answers it. */
export interface JudgedQuestion {
  readonly question: string
  readonly split: Split
  readonly relevant: readonly Locator[]
}

/** A file of `sets/`. */
export interface EvaluationSetFile {
  readonly name: string
  /** How the questions came about and who judged them. */
  readonly provenance: string
  readonly view: PassageView
  readonly corpus: readonly PackageFiles[]
  readonly questions: readonly JudgedQuestion[]
}

/** A question with the hashes of the passages that answer it. */
export interface EvaluationQuestion {
  readonly question: string
  readonly split: Split
  readonly relevant: ReadonlySet<ContextHash>
}

/** Passages to search and questions to ask. */
export interface EvaluationSet {
  readonly name: string
  readonly passages: readonly Passage[]
  readonly questions: readonly EvaluationQuestion[]
}

/** Names of the committed sets, in the order in which they are reported. */
export const SET_NAMES = ['docs', 'code', 'mixed', 'docstrings', 'sections'] as const

/** Reads a committed set. Throws when a judgement names no passage, for instance of another version of a package. */
export async function readEvaluationSet(name: (typeof SET_NAMES)[number]): Promise<EvaluationSet> {
  const set = readSetFile(name)
  const passages = await readPassages(set.corpus, set.view)
  const questions = set.questions.map(({ question, split, relevant }) => {
    const answers = relevant.map((locator) => locatePassages(locator, passages))
    if (answers.some((located) => located.length === 0)) throw new Error(`Nothing answers: ${question}`)
    return { question, split, relevant: new Set(answers.flat().map((passage) => passage.contextHash)) }
  })
  return { name, passages, questions }
}

/** Reads the file of a committed set. */
export function readSetFile(name: (typeof SET_NAMES)[number]): EvaluationSetFile {
  const path = new URL(`./sets/${name}.json`, import.meta.url)
  return JSON.parse(readFileSync(path, 'utf8')) as EvaluationSetFile
}

/** The passages at a place. */
export function locatePassages(locator: Locator, passages: readonly Passage[]): Passage[] {
  return passages.filter((passage) => passage.file === locator.file && holds(passage, locator))
}

function holds(passage: Passage, locator: Locator): boolean {
  return 'heading' in locator
    ? passage.judgedHeadings.at(-1) === locator.heading
    : withSingleSpaces(passage.text).includes(withSingleSpaces(locator.quote))
}

function withSingleSpaces(text: string): string {
  return text.replace(/\s+/g, ' ')
}
