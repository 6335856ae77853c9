import type { Browser, Page } from 'playwright'
import { openNodeStaticEmbedder } from '../src/adapters/embedding-static/node-static-embedding.ts'
import { createVectorKernel } from '../src/adapters/passage-index/wasm-vector-kernel.ts'
import { quantizeVector } from '../src/domain/retrieval/embedding.ts'
import { createLocalIndex } from '../src/domain/retrieval/local-index.ts'
import { startServer, type TestServer } from '../test/support/start-server.ts'
import { dealDocuments, readAskCorpus, type AskCorpus, type AskDocument } from './ask-corpus.ts'
import { buildBenchPage, launchChromium, openBenchTab } from './bench-page.ts'
import { judgeGoals, type Goal } from './goals.ts'
import { judgeRanking, meanOf, type Quality } from './retrieval/metrics.ts'
import type { EvaluationQuestion } from './retrieval/evaluation-set.ts'
import { distribution, mean, progress, shareOf, type BenchReport, type Figure } from './report.ts'
import type { MeasuredAnswer } from './tab/bench-tab.ts'

/** How much is measured. */
export interface AskBenchSizes {
  readonly tabs: number
  /** Of all tabs together. */
  readonly contexts: number
  /** Tabs that have just joined, each of which asks once. */
  readonly newcomers: number
  /** Questions before those that count. */
  readonly warmUps: number
  /** The most questions that count. */
  readonly questions: number
}

export const fullAskSizes: AskBenchSizes = {
  tabs: 10,
  contexts: 10_000,
  newcomers: 10,
  warmUps: 30,
  questions: Infinity,
}

/** For a quick look at whether everything runs. */
export const smallAskSizes: AskBenchSizes = {
  tabs: 3,
  contexts: 2_500,
  newcomers: 1,
  warmUps: 3,
  questions: 10,
}

/** Passages wanted for a question: what recall at 10 looks at. */
const LIMIT = 10
/** More than everything that is asked for costs. */
const STARTER_TOKENS = '10000'

/** Of times the 95th percentile counts, unless named for the middle; losses are shares of 1. */
const goals: readonly Goal[] = [
  { figure: 'askMs', bound: 'most', value: 300, at: 'p50' },
  { figure: 'askMs', bound: 'most', value: 500 },
  { figure: 'precision5Loss', bound: 'most', value: 0.02 },
  { figure: 'recall10Loss', bound: 'most', value: 0.02 },
]

/**
 * A library shared out over real tabs, by document, and another tab that holds nothing and asks: how long from a question to
 * the packed passages, and how much worse the network finds them than one index of everything. Held-out questions count,
 * training ones come before to open links and sessions.
 */
export async function measureAsk(sizes: AskBenchSizes): Promise<BenchReport> {
  const corpus = await readAskCorpus(sizes.contexts)
  const warmUps = corpus.questions.filter(({ split }) => split === 'train')
  const counted = corpus.questions.filter(({ split }) => split === 'held-out').slice(0, sizes.questions)
  progress('one index of everything')
  const local = await judgeLocally(corpus, counted)
  progress('building the measuring page')
  const page = await buildBenchPage()
  const server = await startServer({
    LOREMESH_DIST_DIR: page.directory,
    LOREMESH_SEEDER: 'false',
    LOREMESH_NETWORK_NAME: 'loremesh-bench',
    LOREMESH_STARTER_TOKENS: STARTER_TOKENS,
  })
  const browser = await launchChromium()
  try {
    const asker = await openTab(browser, server)
    await shareOut(corpus.documents, sizes.tabs, () => openTab(browser, server))
    const cold = await askAsNewcomers(warmUps.slice(-sizes.newcomers), () => openTab(browser, server))
    await askAll(asker, warmUps.slice(0, sizes.warmUps))
    const answers = await askAll(asker, counted)
    const found = counted.map(({ relevant }, at) => judgeRanking(answers[at]?.contextHashes ?? [], relevant))
    const figures = {
      askMs: distribution(timesOf(answers), 'ms'),
      coldAskMs: distribution(timesOf(cold), 'ms'),
      ...partsOf(answers),
      ...qualityFigures(found, local),
      peersAsked: meanFigure(answers, 'peers', ({ askedPeers }) => askedPeers),
      passagesBought: meanFigure(answers, 'passages', ({ boughtPassages }) => boughtPassages),
      passagesPacked: meanFigure(answers, 'passages', ({ packedPassages }) => packedPassages),
      bytesFetched: meanFigure(answers, 'bytes', ({ boughtBytes }) => boughtBytes),
      tokensSpent: meanFigure(answers, 'tokens', ({ paidTokens }) => paidTokens),
      contexts: { value: countPassages(corpus.documents), unit: 'contexts', runs: 1 },
      tabs: { value: sizes.tabs, unit: 'tabs', runs: 1 },
    }
    for (const line of judgeGoals(figures, goals)) progress(line)
    return { bench: 'ask', figures, rivals: {} }
  } finally {
    await browser.close()
    await server.stop()
    page.remove()
  }
}

/** How good the ranking of one index of all passages is. */
async function judgeLocally(
  { documents }: AskCorpus,
  questions: readonly EvaluationQuestion[],
): Promise<readonly Quality[]> {
  const passages = documents.flatMap((document) => document.passages)
  const embedder = openNodeStaticEmbedder()
  const { space } = embedder
  const vectors = await embedder.embed(
    passages.map(({ text }) => text),
    'passage',
  )
  const index = createLocalIndex(createVectorKernel)
  index.add(passages)
  index.setVectors(
    space,
    new Map(
      passages.map(({ contextHash }, at) => [
        contextHash,
        quantizeVector(space, vectors[at] ?? new Float32Array()),
      ]),
    ),
  )
  const asked = await embedder.embed(
    questions.map(({ question }) => question),
    'query',
  )
  return questions.map(({ question, relevant }, at) => {
    const values = asked[at]
    const queryVectors = values === undefined ? [] : [{ space, values }]
    const hits = index.search({ question, queryVectors, tags: [], limit: LIMIT })
    return judgeRanking(
      hits.map(({ contextHash }) => contextHash),
      relevant,
    )
  })
}

async function openTab(browser: Browser, server: TestServer): Promise<Page> {
  const tab = await openBenchTab(await browser.newContext(), server.url)
  await tab.evaluate(() => window.bench.start())
  return tab
}

/** Opens tabs that share about as many passages each, one after another, as people come. */
async function shareOut(
  documents: readonly AskDocument[],
  tabs: number,
  open: () => Promise<Page>,
): Promise<void> {
  for (const [at, dealt] of dealDocuments(documents, tabs).entries()) {
    const tab = await open()
    const files = dealt.map(({ path, text }) => ({ path, text }))
    const shared = await tab.evaluate((all) => window.bench.share(all), files)
    if (shared !== dealt.length) throw new Error(`${dealt.length - shared} documents could not be added`)
    progress(`tab ${at + 1} of ${tabs} shares ${countPassages(dealt)} passages of ${shared} documents`)
  }
}

/** The first question of tabs that have just joined. */
async function askAsNewcomers(
  questions: readonly EvaluationQuestion[],
  open: () => Promise<Page>,
): Promise<readonly MeasuredAnswer[]> {
  const answers: MeasuredAnswer[] = []
  for (const { question } of questions) {
    const tab = await open()
    answers.push(await askOne(tab, question))
    await tab.context().close()
  }
  return answers
}

async function askAll(
  tab: Page,
  questions: readonly EvaluationQuestion[],
): Promise<readonly MeasuredAnswer[]> {
  const answers: MeasuredAnswer[] = []
  for (const { question } of questions) answers.push(await askOne(tab, question))
  return answers
}

async function askOne(tab: Page, question: string): Promise<MeasuredAnswer> {
  const answer = await tab.evaluate(([text, limit]) => window.bench.answer(text, limit), [
    question,
    LIMIT,
  ] as const)
  const { totalMs, timings, citeMs, boughtPassages, askedPeers, troubles } = answer
  progress(
    `${boughtPassages} passages bought, ${askedPeers} peers asked: ${Math.round(totalMs)} ms ` +
      `(local ${Math.round(timings.localMs)}, discover ${Math.round(timings.discoverMs)}, pay ${Math.round(timings.payMs)}, ` +
      `fetch ${Math.round(timings.fetchMs)}, cite ${Math.round(citeMs)}) ${troubles.join('; ')}`,
  )
  return answer
}

function timesOf(answers: readonly MeasuredAnswer[]): readonly number[] {
  return answers.map(({ totalMs }) => totalMs)
}

/** Where the time of a question goes. Payment and fetch are those of the slowest provider, so parts don't add up to the whole. */
function partsOf(answers: readonly MeasuredAnswer[]): Record<string, Figure> {
  const part = (of: (answer: MeasuredAnswer) => number): Figure => distribution(answers.map(of), 'ms')
  return {
    localMs: part(({ timings }) => timings.localMs),
    discoverMs: part(({ timings }) => timings.discoverMs),
    payMs: part(({ timings }) => timings.payMs),
    fetchMs: part(({ timings }) => timings.fetchMs),
    citeMs: part(({ citeMs }) => citeMs),
  }
}

function qualityFigures(network: readonly Quality[], local: readonly Quality[]): Record<string, Figure> {
  const qualityOf = (qualities: readonly Quality[], name: keyof Quality): number =>
    meanOf(qualities.map((quality) => quality[name]))
  const runs = network.length
  const figures: Record<string, Figure> = {}
  for (const [name, localName] of [
    ['precision5', 'localPrecision5'],
    ['recall10', 'localRecall10'],
  ] as const) {
    const found = qualityOf(network, name)
    const possible = qualityOf(local, name)
    figures[name] = shareOf(found, runs)
    figures[localName] = shareOf(possible, runs)
    figures[`${name}Loss`] = shareOf(possible - found, runs)
  }
  return figures
}

function meanFigure(
  answers: readonly MeasuredAnswer[],
  unit: string,
  of: (answer: MeasuredAnswer) => number,
): Figure {
  return mean(answers.map(of), unit)
}

function countPassages(documents: readonly AskDocument[]): number {
  return documents.reduce((sum, { passages }) => sum + passages.length, 0)
}
