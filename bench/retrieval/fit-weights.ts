/**
 * `node bench/retrieval/fit-weights.ts`: fits the weights of word search and of the vector spaces on the training questions
 * and prints them, to be put into src/domain/retrieval. Held-out questions are not looked at. Takes some minutes.
 */
import { openNodeStaticEmbedder } from '../../src/adapters/embedding-static/node-static-embedding.ts'
import { fuseScores, SPACE_WEIGHTS } from '../../src/domain/retrieval/fusion.ts'
import { createWordIndex, WORD_WEIGHTS, type WordWeights } from '../../src/domain/retrieval/word-index.ts'
import { progress } from '../report.ts'
import { readEvaluationSet, SET_NAMES, type EvaluationSet } from './evaluation-set.ts'
import { judgeRanking, meanOf } from './metrics.ts'
import { openNodeUseLite } from './node-use-lite.ts'
import { createRandom } from './random.ts'
import { measureSignals, rankByScore } from './rankings.ts'

const SEED = 4
const RANDOM_STARTS = 40
const WORD_GRID: Readonly<Record<keyof WordWeights, readonly number[]>> = {
  k1: [0.6, 0.8, 1.2, 2],
  b: [0.3, 0.5, 0.75, 0.9],
  title: [0, 0.25, 0.5, 0.75],
  heading: [0.25, 0.5, 0.75, 1],
  tags: [0.1, 0.25, 0.5, 0.8],
  coordination: [0, 0.25, 0.5, 0.75, 1],
}
const SPACE_GRID = [0, 0.1, 0.2, 0.3, 0.45, 0.6, 0.8]

const all = await Promise.all(SET_NAMES.map(readEvaluationSet))
const sets = all.map((set): EvaluationSet => ({
  ...set,
  questions: set.questions.filter(({ split }) => split === 'train'),
}))

const indexes = sets.map(({ passages }) => {
  const index = createWordIndex()
  for (const passage of passages) index.add(passage)
  return index
})
const random = createRandom(SEED)
let words = WORD_WEIGHTS
let best = judgeWords(words)
for (let i = 0; i < RANDOM_STARTS; i++) {
  const drawn = Object.entries(WORD_GRID).map(([name, values]) => [
    name,
    values[Math.floor(random() * values.length)],
  ])
  tryWords(Object.fromEntries(drawn) as WordWeights)
}
for (const [name, values] of Object.entries(WORD_GRID)) {
  for (const value of values) tryWords({ ...words, [name]: value })
  progress(`${name}: ${JSON.stringify(words)} gives nDCG@10 ${best.toFixed(4)}`)
}
console.log('Word weights:', JSON.stringify(words))

const embedders = [openNodeStaticEmbedder(), await openNodeUseLite()]
const signals = await Promise.all(sets.map((set) => measureSignals(set, embedders)))
const [staticName = '', neuralName = ''] = embedders.map(({ space }) => space.replace(/-[0-9a-f]{16}$/, ''))
for (const staticWeight of SPACE_GRID) {
  const qualities = SPACE_GRID.map((neuralWeight) => judgeSpaces(staticWeight, neuralWeight).toFixed(4))
  console.log(`${staticName} ${staticWeight}, ${neuralName} ${SPACE_GRID.join(' ')}: ${qualities.join(' ')}`)
}

function tryWords(candidate: WordWeights): void {
  const quality = judgeWords(candidate)
  if (quality > best) [words, best] = [candidate, quality]
}

function judgeWords(weights: WordWeights): number {
  return meanOf(
    sets.map(({ questions }, at) =>
      meanOf(
        questions.map(({ question, relevant }) => {
          const scores = indexes[at]?.search(question, undefined, weights) ?? new Map()
          return judgeRanking(rankByScore(scores), relevant).ndcg10
        }),
      ),
    ),
  )
}

function judgeSpaces(staticWeight: number, neuralWeight: number): number {
  const weightOf = (name: string, weight: number) => ({
    weight,
    leastSimilarity: SPACE_WEIGHTS[name]?.leastSimilarity ?? 1,
  })
  const weights = {
    [staticName]: weightOf(staticName, staticWeight),
    [neuralName]: weightOf(neuralName, neuralWeight),
  }
  return meanOf(
    sets.map(({ questions }, at) =>
      meanOf(
        questions.map(({ relevant }, i) => {
          const { wordScores = new Map(), spaces = [] } = signals[at]?.[i] ?? {}
          const ranking = fuseScores(wordScores, spaces, weights).map(({ contextHash }) => contextHash)
          return judgeRanking(ranking, relevant).ndcg10
        }),
      ),
    ),
  )
}
