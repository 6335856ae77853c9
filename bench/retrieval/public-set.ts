import { readFileSync } from 'node:fs'
import { hashText } from '../../src/domain/content/context-hash.ts'
import type { Passage } from './corpus.ts'
import type { EvaluationSet } from './evaluation-set.ts'

/** A file of `sets/` that holds a public collection, or a part of it, with the passages as their collectors parted them. */
export interface PublicSetFile {
  readonly name: string
  /** Who made it, where it is from, and what was changed. */
  readonly provenance: string
  readonly licence: string
  readonly documents: readonly { readonly title: string; readonly passages: readonly string[] }[]
  readonly questions: readonly PublicQuestion[]
}

/** A question and the passage that answers it, by the numbers of its document and of the passage there. */
export interface PublicQuestion {
  readonly question: string
  readonly answer: readonly [document: number, passage: number]
}

/** Names of the public sets, in the order in which they are reported. */
export const PUBLIC_SET_NAMES = ['xquad-en', 'xquad-de'] as const

/** Reads a public set; all its questions are held out. Throws when a judgement names no passage. */
export function readPublicSet(name: (typeof PUBLIC_SET_NAMES)[number]): EvaluationSet {
  const path = new URL(`./sets/${name}.json`, import.meta.url)
  const set = JSON.parse(readFileSync(path, 'utf8')) as PublicSetFile
  const passages = set.documents.map(({ title, passages }) => passages.map((text) => toPassage(title, text)))
  return {
    name,
    passages: passages.flat(),
    questions: set.questions.map(({ question, answer: [document, at] }) => {
      const passage = passages[document]?.[at]
      if (passage === undefined) throw new Error(`Nothing answers: ${question}`)
      return { question, split: 'held-out', relevant: new Set([passage.contextHash]) }
    }),
  }
}

function toPassage(title: string, text: string): Passage {
  return {
    contextHash: hashText(text),
    file: title,
    title,
    headingPath: [],
    judgedHeadings: [],
    tags: [],
    text,
  }
}
