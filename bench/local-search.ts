import { openNodeStaticEmbedder } from '../src/adapters/embedding-static/node-static-embedding.ts'
import { createVectorKernel } from '../src/adapters/passage-index/wasm-vector-kernel.ts'
import type { ContextHash } from '../src/domain/content/context-hash.ts'
import { quantizeVector, type QuantizedVector } from '../src/domain/retrieval/embedding.ts'
import { createLocalIndex } from '../src/domain/retrieval/local-index.ts'
import { questionsAbout, readPackagePassages } from './package-passages.ts'
import { distribution, type BenchReport, type Figure } from './report.ts'

const CONTEXTS = 5000
const QUERIES = 200

/**
 * Milliseconds from a question to its best ten of 5,000 contexts, embedding included. Indexes passages of the Markdown
 * files of installed packages and asks for headings of these; needs about 3 s.
 */
export async function measureLocalSearch(): Promise<Figure> {
  const contexts = readPackagePassages(CONTEXTS)
  if (contexts.length < CONTEXTS)
    throw new Error(`node_modules has only ${contexts.length} different passages`)
  const embedder = openNodeStaticEmbedder()
  const embedded = await embedder.embed(
    contexts.map((context) => context.text),
    'passage',
  )
  const vectors = new Map<ContextHash, QuantizedVector>()
  contexts.forEach(({ contextHash }, i) => {
    const vector = embedded[i]
    if (vector !== undefined) vectors.set(contextHash, quantizeVector(embedder.space, vector))
  })
  const index = createLocalIndex(createVectorKernel)
  index.add(contexts)
  index.setVectors(embedder.space, vectors)

  const questions = questionsAbout(contexts, QUERIES)
  const durations: number[] = []
  for (const question of questions) {
    const started = performance.now()
    const [values] = await embedder.embed([question], 'query')
    const queryVectors = values === undefined ? [] : [{ space: embedder.space, values }]
    index.search({ question, queryVectors, tags: [], limit: 10 })
    durations.push(performance.now() - started)
  }
  return distribution(durations, 'ms')
}

if (import.meta.main) {
  const report: BenchReport = {
    bench: 'local-search',
    figures: { localSearchMs: await measureLocalSearch() },
    rivals: {},
  }
  console.log(JSON.stringify(report))
}
