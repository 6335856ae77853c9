import { globSync, readFileSync } from 'node:fs'
import { openNodeStaticEmbedder } from '../src/adapters/embedding-static/node-static-embedding.ts'
import { hashText } from '../src/domain/content/context-hash.ts'
import type { ContextHash } from '../src/domain/content/context-hash.ts'
import type { Context } from '../src/domain/content/context.ts'
import type { PeerId } from '../src/domain/identity/account.ts'
import { quantizeVector, type QuantizedVector } from '../src/domain/retrieval/embedding.ts'
import { createLocalIndex } from '../src/domain/retrieval/local-index.ts'

const CONTEXTS = 5000
const QUERIES = 200
const CONTEXT_CHARACTERS = 800

/** Milliseconds from a question to its best ten of 5,000 contexts, embedding included. */
export interface LocalSearchFigures {
  readonly p50: number
  readonly p95: number
  readonly runs: number
}

/** Indexes passages of the Markdown files of installed packages and asks for headings of these; needs about 3 s. */
export async function measureLocalSearch(): Promise<LocalSearchFigures> {
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
  const index = createLocalIndex()
  index.add(contexts, vectors)

  const questions = contexts
    .filter((_, i) => i % Math.floor(CONTEXTS / QUERIES) === 0)
    .map((context) => `How do I use ${context.documentTitle} for ${context.headingPath.at(-1) ?? 'this'}?`)
  const durations: number[] = []
  for (const question of questions) {
    const started = performance.now()
    const [queryVector = null] = await embedder.embed([question], 'query')
    index.search({ question, queryVector, tags: [], limit: 10 })
    durations.push(performance.now() - started)
  }
  durations.sort((a, b) => a - b)
  return { p50: percentile(durations, 50), p95: percentile(durations, 95), runs: durations.length }
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

function percentile(sorted: readonly number[], percent: number): number {
  return sorted[Math.ceil((sorted.length * percent) / 100) - 1] ?? NaN
}

if (import.meta.main) {
  const { p50, p95, runs } = await measureLocalSearch()
  console.log(
    JSON.stringify({
      bench: 'local-search',
      figures: { localSearchMs: { p50, p95, unit: 'ms', runs } },
      rivals: {},
    }),
  )
}
