import { openNodeStaticEmbedder } from '../src/adapters/embedding-static/node-static-embedding.ts'
import { readEvaluationSet, SET_NAMES, type EvaluationSet, type Split } from './retrieval/evaluation-set.ts'
import { bootstrapDifference, judgeRanking, meanOf, type Quality } from './retrieval/metrics.ts'
import { openNodeUseLite } from './retrieval/node-use-lite.ts'
import { PUBLIC_SET_NAMES, readPublicSet } from './retrieval/public-set.ts'
import {
  measureSignals,
  openProductRanking,
  rankByMiniSearch,
  rankByOrama,
  rankByScore,
  type Rankings,
} from './retrieval/rankings.ts'
import { progress, shareOf, type BenchReport, type Figure } from './report.ts'

const RESAMPLES = 10_000
const SEED = 4
const QUALITIES = ['ndcg10', 'recall10', 'precision5'] as const
const RIVALS: readonly string[] = ['minisearch', 'orama']

/** Quality of each method's ranking of each question of a set. */
interface JudgedSet {
  readonly name: string
  readonly splits: readonly Split[]
  readonly methods: ReadonlyMap<string, readonly Quality[]>
}

/**
 * How well each way of ranking finds what answers a question, on the committed evaluation sets. `<set>.<method>.<quality>`
 * is of the held-out questions, `train.<set>.…` of those that weights were fitted on, `mean.…` the mean of the sets;
 * `….fusionGain.ndcg10` is fusion's lead over words alone with a 95 % interval, `….fusionAllGain.ndcg10` that of all three.
 * `fusion` is the product's own search without a model, by words and static-384; `fusionAll` that with USE-Lite chosen;
 * `fusionNeural`, by words and USE-Lite, is what the product does not do.
 */
export async function measureRetrieval(): Promise<BenchReport> {
  const judged: JudgedSet[] = []
  const sets = [
    ...(await Promise.all(SET_NAMES.map(readEvaluationSet))),
    ...PUBLIC_SET_NAMES.map(readPublicSet),
  ]
  for (const set of sets) {
    const result = await judgeSet(set)
    judged.push(result)
    progress(describeSet(result))
  }
  const figures = { ...toFigures(judged, 'train', 'train.'), ...toFigures(judged, 'held-out', '') }
  const isRival = (key: string): boolean => RIVALS.some((rival) => key.includes(`.${rival}.`))
  const gains = { ...gainFigures(judged, 'fusion'), ...gainFigures(judged, 'fusionAll') }
  const entries = Object.entries({ ...figures, ...gains })
  return {
    bench: 'retrieval',
    figures: Object.fromEntries(entries.filter(([key]) => !isRival(key))),
    rivals: Object.fromEntries(entries.filter(([key]) => isRival(key))),
  }
}

async function judgeSet(set: EvaluationSet): Promise<JudgedSet> {
  const [staticEmbedder, neural] = [openNodeStaticEmbedder(), await openNodeUseLite()]
  const signals = await measureSignals(set, [staticEmbedder, neural])
  const byProduct = await openProductRanking(set, [staticEmbedder, neural])
  const bySpace = (at: number): Rankings =>
    signals.map(({ spaces }) => rankByScore(spaces[at]?.similarities ?? new Map()))
  const rankings = {
    words: byProduct([]),
    static: bySpace(0),
    neural: bySpace(1),
    fusion: byProduct([staticEmbedder.space]),
    fusionNeural: byProduct([neural.space]),
    fusionAll: byProduct([staticEmbedder.space, neural.space]),
    minisearch: rankByMiniSearch(set),
    orama: await rankByOrama(set),
  }
  const methods = Object.entries(rankings).map(([method, ranked]) => {
    const qualities = set.questions.map(({ relevant }, i) => judgeRanking(ranked[i] ?? [], relevant))
    return [method, qualities] as const
  })
  return { name: set.name, splits: set.questions.map(({ split }) => split), methods: new Map(methods) }
}

function toFigures(judged: readonly JudgedSet[], split: Split, prefix: string): Record<string, Figure> {
  const figures: Record<string, Figure> = {}
  for (const method of judged[0]?.methods.keys() ?? []) {
    for (const quality of QUALITIES) {
      const means = judged.flatMap((set) => {
        const values = ofSplit(set, method, split).map((each) => each[quality])
        if (values.length === 0) return []
        figures[`${prefix}${set.name}.${method}.${quality}`] = shareOf(meanOf(values), values.length)
        return meanOf(values)
      })
      figures[`${prefix}mean.${method}.${quality}`] = shareOf(meanOf(means), means.length)
    }
  }
  return figures
}

/** A method against words alone on the held-out questions, of each set and of all together. */
function gainFigures(judged: readonly JudgedSet[], method: string): Record<string, Figure> {
  const gains = judged.map((set) => {
    const words = ofSplit(set, 'words', 'held-out')
    const mixed = ofSplit(set, method, 'held-out')
    return { name: set.name, differences: mixed.map(({ ndcg10 }, i) => ndcg10 - (words[i]?.ndcg10 ?? 0)) }
  })
  const all = { name: 'all', differences: gains.flatMap(({ differences }) => differences) }
  return Object.fromEntries(
    [...gains, all].flatMap(({ name, differences }) =>
      Object.entries<number>({ ...bootstrapDifference(differences, RESAMPLES, SEED) }).map(
        ([part, value]) => {
          const key = `${name}.${method}Gain.ndcg10`
          return [part === 'difference' ? key : `${key}.${part}`, shareOf(value, differences.length)]
        },
      ),
    ),
  )
}

function ofSplit(set: JudgedSet, method: string, split: Split): readonly Quality[] {
  return (set.methods.get(method) ?? []).filter((_, i) => set.splits[i] === split)
}

function describeSet(set: JudgedSet): string {
  const means = [...set.methods.keys()].map((method) => {
    const value = meanOf(ofSplit(set, method, 'held-out').map(({ ndcg10 }) => ndcg10))
    return `${method} ${value.toFixed(3)}`
  })
  return `${set.name}: ${means.join(', ')}`
}
