/**
 * `node bench/retrieval/draw-public-sets.ts FOLDER`: draws the public sets from a copy of their collection's repository and
 * writes them to `sets/`. The same copy and seed give the same sets.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { PublicQuestion, PublicSetFile } from './public-set.ts'
import { createRandom } from './random.ts'

const SEED = 4

/** A file of XQuAD, as far as it is used. */
interface XquadFile {
  readonly data: readonly {
    readonly title: string
    readonly paragraphs: readonly {
      readonly context: string
      readonly qas: readonly { readonly question: string }[]
    }[]
  }[]
}

/** All paragraphs of one language, with one question drawn for each: the same ones in every language. */
function drawXquad(folder: string, language: string): PublicSetFile {
  const { data } = JSON.parse(readFileSync(join(folder, `xquad.${language}.json`), 'utf8')) as XquadFile
  const random = createRandom(SEED)
  const questions = data.flatMap(({ paragraphs }, document) =>
    paragraphs.flatMap(({ qas }, passage): PublicQuestion[] => {
      const drawn = qas[Math.floor(random() * qas.length)]
      return drawn === undefined ? [] : [{ question: drawn.question.trim(), answer: [document, passage] }]
    }),
  )
  return {
    name: `xquad-${language}`,
    provenance:
      'XQuAD by Mikel Artetxe, Sebastian Ruder and Dani Yogatama (arXiv:1910.11856), github.com/google-deepmind/xquad at 60cac41: the paragraphs of Wikipedia, which people wrote questions for (SQuAD 1.1) and translators translated. Changed: one question a paragraph, without its answer.',
    licence: 'CC-BY-SA-4.0',
    documents: data.map(({ title, paragraphs }) => ({
      title: title.replaceAll('_', ' '),
      passages: paragraphs.map(({ context }) => context.trim()),
    })),
    questions,
  }
}

const [folder] = process.argv.slice(2)
if (folder === undefined) throw new Error('Name the folder of the collection')
for (const language of ['en', 'de']) {
  const set = drawXquad(folder, language)
  writeFileSync(new URL(`./sets/${set.name}.json`, import.meta.url), `${JSON.stringify(set, null, 2)}\n`)
}
