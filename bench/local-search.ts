import { globSync, readFileSync } from 'node:fs'
import { openNodeStaticEmbedder } from '../src/adapters/embedding-static/node-static-embedding.ts'
import { createVectorKernel } from '../src/adapters/passage-index/wasm-vector-kernel.ts'
import { hashText } from '../src/domain/content/context-hash.ts'
import type { ContextHash } from '../src/domain/content/context-hash.ts'
import type { Context } from '../src/domain/content/context.ts'
import type { PeerId } from '../src/domain/identity/account.ts'
import { quantizeVector, type QuantizedVector } from '../src/domain/retrieval/embedding.ts'
import { createLocalIndex } from '../src/domain/retrieval/local-index.ts'
import { distribution, type BenchReport, type Figure } from './report.ts'

const CONTEXTS = 5000
const QUERIES = 200
const CONTEXT_CHARACTERS = 800

/**
 * Milliseconds from a question to its best ten of 5,000 contexts, embedding included. Indexes passages of the Markdown
 * files of installed packages and asks for headings of these; needs about 3 s.
 */
export async function measureLocalSearch(): Promise<Figure> {
  const contexts = readContexts()
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

  const questions = contexts
    .filter((_, i) => i % Math.floor(CONTEXTS / QUERIES) === 0)
    .map((context) => `How do I use ${context.documentTitle} for ${context.headingPath.at(-1) ?? 'this'}?`)
  const durations: number[] = []
  for (const question of questions) {
    const started = performance.now()
    const [values] = await embedder.embed([question], 'query')
    const queryVector = values === undefined ? null : { space: embedder.space, values }
    index.search({ question, queryVector, tags: [], limit: 10 })
    durations.push(performance.now() - started)
  }
  return distribution(durations, 'ms')
}

/** Different passages of whole paragraphs, in the order of their files. */
function readContexts(): readonly Context[] {
  const byHash = new Map<ContextHash, Context>()
  for (const path of globSync('node_modules/{*,@*/*}/*.md').sort()) {
    const documentTitle = path.split('/').slice(1, -1).join('/')
    let heading = ''
    let text = ''
    for (const paragraph of readFileSync(path, 'utf8').split(/\n{2,}/)) {
      heading = /^#+ (.*)/.exec(paragraph)?.[1] ?? heading
      text += `${paragraph}\n\n`
      if (text.length < CONTEXT_CHARACTERS) continue
      const context = toContext(documentTitle, heading, text.trim())
      byHash.set(context.contextHash, context)
      text = ''
      if (byHash.size === CONTEXTS) return [...byHash.values()]
    }
  }
  return [...byHash.values()]
}

function toContext(documentTitle: string, heading: string, text: string): Context {
  return {
    contextHash: hashText(text),
    text,
    sizeBytes: Buffer.byteLength(text),
    title: documentTitle,
    headingPath: [heading],
    tags: ['markdown'],
    documentHash: hashText(documentTitle),
    documentTitle,
    documentBytes: 0,
    startByte: 0,
    endByte: 0,
    author: '' as PeerId,
    origin: 'own',
    addedAtMs: 0,
  }
}

if (import.meta.main) {
  const report: BenchReport = {
    bench: 'local-search',
    figures: { localSearchMs: await measureLocalSearch() },
    rivals: {},
  }
  console.log(JSON.stringify(report))
}
