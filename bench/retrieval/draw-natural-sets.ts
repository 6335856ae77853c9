/**
 * `node bench/retrieval/draw-natural-sets.ts`: draws the sets whose questions package authors wrote themselves, and writes
 * them to `sets/`: a function's doc comment asks for the function (comments are taken out of the passages), a heading asks
 * for its section (headings are taken out). The same installed packages and seed give the same sets.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { fileBelowModules, listFiles, readPassages, type PackageFiles } from './corpus.ts'
import {
  locatePassages,
  type EvaluationSetFile,
  type JudgedQuestion,
  type Locator,
} from './evaluation-set.ts'
import { createRandom, shuffle } from './random.ts'

const SEED = 4
const QUESTIONS_PER_SET = 160

interface Pair {
  readonly question: string
  readonly answer: Locator
}

const DOC_COMMENT =
  /\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\s*((?:export )?(?:default )?(?:async )?function\*? \w+\(|const \w+ = (?:async )?\(|(?:static |async )*\w+\([^()]*\) \{)/g
const HEADING = /^#{2,5} (.+)$/gm

/** First sentences of doc comments, of a length that people would type. */
function docCommentPairs(file: string, text: string): Pair[] {
  return [...text.matchAll(DOC_COMMENT)].flatMap(([, comment = '', declaration = '']) => {
    const prose = comment.replace(/^\s*\* ?/gm, '').split(/^@/m)[0] ?? ''
    const question = (/^[\s\S]*?[.!?](?=\s|$)/.exec(prose.trim())?.[0] ?? prose).replace(/\s+/g, ' ').trim()
    const words = question.split(' ').length
    const isOdd = /[{}<>[\]]|https?:/.test(question) || /^(if|for|while|switch|catch)\b/.test(declaration)
    return isOdd || words < 5 || words > 25 ? [] : [{ question, answer: { file, quote: declaration.trim() } }]
  })
}

/** Headings of at least three words that are no signature. */
function headingPairs(file: string, text: string): Pair[] {
  const prose = text.replace(/^```[\s\S]*?^```/gm, '')
  return [...prose.matchAll(HEADING)].flatMap(([, heading = '']) => {
    const words = heading.match(/[A-Za-z]{3,}/g) ?? []
    return words.length < 3 || /[`()<>[\]{}*_\\&|]/.test(heading)
      ? []
      : [{ question: heading.trim(), answer: { file, heading: heading.trim() } }]
  })
}

/** Pairs whose question is asked once only, shuffled and cut; the first half is for training. */
function draw(pairs: readonly Pair[]): JudgedQuestion[] {
  const asked = countBy(pairs.map(({ question }) => question.toLowerCase()))
  const answers = countBy(pairs.map(({ answer }) => JSON.stringify(answer)))
  const unique = pairs.filter(
    ({ question, answer }) =>
      asked.get(question.toLowerCase()) === 1 && answers.get(JSON.stringify(answer)) === 1,
  )
  const drawn = shuffle(unique, createRandom(SEED)).slice(0, QUESTIONS_PER_SET)
  return drawn.map(({ question, answer }, i) => ({
    question,
    split: i < drawn.length / 2 ? 'train' : 'held-out',
    relevant: [answer],
  }))
}

function countBy(keys: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1)
  return counts
}

function packageFiles(name: string, files: readonly string[]): PackageFiles {
  const manifest = JSON.parse(readFileSync(`node_modules/${name}/package.json`, 'utf8')) as {
    readonly version: string
    readonly license: string
  }
  return { package: name, version: manifest.version, licence: manifest.license, files }
}

async function writeSet(
  set: Omit<EvaluationSetFile, 'questions'>,
  pairsOf: (file: string, text: string) => Pair[],
): Promise<void> {
  const passages = await readPassages(set.corpus, set.view)
  const pairs = set.corpus.flatMap((source) =>
    listFiles(source).flatMap((path) => pairsOf(fileBelowModules(path), readFileSync(path, 'utf8'))),
  )
  const answered = pairs.filter(({ answer }) => locatePassages(answer, passages).length > 0)
  const path = new URL(`./sets/${set.name}.json`, import.meta.url)
  writeFileSync(path, `${JSON.stringify({ ...set, questions: draw(answered) }, null, 2)}\n`)
}

await writeSet(
  {
    name: 'docstrings',
    provenance:
      "First sentences of the authors' doc comments ask for the commented functions; comments are taken out of the passages.",
    view: 'without-comments',
    corpus: [
      packageFiles('eslint', ['lib/{shared,linter,languages,source-code,config,services}/**/*.js']),
      packageFiles('workbox-core', ['**/*.js']),
      packageFiles('workbox-routing', ['*.js', 'utils/*.js']),
      packageFiles('workbox-precaching', ['*.js', 'utils/*.js']),
      packageFiles('mdast-util-to-markdown', ['lib/**/*.js']),
      packageFiles('mdast-util-to-hast', ['lib/**/*.js']),
      packageFiles('hast-util-to-mdast', ['lib/**/*.js']),
      packageFiles('hast-util-to-text', ['lib/**/*.js']),
      packageFiles('vfile', ['lib/**/*.js']),
      packageFiles('micromark', ['lib/**/*.js']),
      packageFiles('minisearch', ['dist/es/index.js']),
      packageFiles('tsconfig-paths', ['lib/*.js']),
    ],
  },
  docCommentPairs,
)
await writeSet(
  {
    name: 'sections',
    provenance: "The authors' headings ask for their sections; headings are taken out of the passages.",
    view: 'without-headings',
    corpus: [
      ...[
        'ajv-formats',
        'cborg',
        'chokidar',
        'common-tags',
        'debug',
        'dependency-cruiser',
        'dexie',
        'enhanced-resolve',
        'eslint-plugin-svelte',
        'expect-type',
        'fast-json-stringify',
        'file-entry-cache',
        'hashery',
        'hookified',
        'idb',
        'jsesc',
        'magic-string',
        'minimatch',
        'minipass',
        'node-fetch',
        'path-scurry',
        'picomatch',
        'postcss-selector-parser',
        'protobufjs',
        'qified',
        'safe-buffer',
        'smol-toml',
        'svelte-check',
        'terser',
        'tinybench',
      ].map((name) => packageFiles(name, ['{README,readme,Readme,API}.md'])),
      packageFiles('fastify', ['docs/Guides/*.md']),
      packageFiles('pino', ['docs/*.md']),
    ],
  },
  headingPairs,
)
