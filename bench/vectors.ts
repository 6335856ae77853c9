import { readFile, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname, join, normalize } from 'node:path'
import { openNodeStaticEmbedder } from '../src/adapters/embedding-static/node-static-embedding.ts'
import { buildBenchPage, launchChromium, openPage } from './bench-page.ts'
import { questionsAbout, readPackagePassages } from './package-passages.ts'
import { median, progress, type BenchReport, type Figure } from './report.ts'
import type { SearchFigures, VectorResult, VectorTask } from './vectors-page/worker-messages.ts'

/** Real vectors that the others are made of. */
const PASSAGES = 10_000
const QUESTIONS = 50

interface Sizes {
  /** How many vectors are searched, by the name that the figures have; and what they are compared with. */
  readonly searched: Readonly<Record<string, Pick<VectorTask, 'count' | 'rivals'>>>
}

export const fullVectorSizes: Sizes = {
  searched: {
    '10k': { count: 10_000, rivals: ['float32', 'hnswlib-wasm'] },
    '100k': { count: 100_000, rivals: ['float32', 'hnswlib-wasm'] },
    '1M': { count: 1_000_000, rivals: [] },
  },
}

export const smallVectorSizes: Sizes = {
  searched: {
    '10k': { count: 10_000, rivals: ['float32', 'hnswlib-wasm'] },
    '100k': { count: 100_000, rivals: ['float32'] },
  },
}

/**
 * The ten nearest of so many vectors of 384 dimensions, searched in a worker of a tab: with the kernel, with signs that
 * choose before it, by a loop over 32-bit floats and by hnswlib. Recall is against the exact nearest by floats.
 */
export async function measureVectors({ searched }: Sizes): Promise<BenchReport> {
  progress('building the measuring page')
  const page = await buildBenchPage('vectors-page')
  await writeVectors(page.directory)
  const server = await serve(page.directory)
  const browser = await launchChromium()
  try {
    const figures: Record<string, Figure> = {}
    const rivals: Record<string, Figure> = {}
    for (const [size, task] of Object.entries(searched)) {
      const tab = await openPage(
        await browser.newContext(),
        addressOf(server),
        'measureVectors',
        (opened) => {
          opened.on('console', (message) => progress(message.text()))
        },
      )
      const { dimensions } = openNodeStaticEmbedder()
      const result: VectorResult = await tab.evaluate((asked) => window.measureVectors(asked), {
        ...task,
        dimensions,
      })
      await tab.context().close()
      for (const [name, measured] of Object.entries(result)) {
        addFigures(name in own ? figures : rivals, own[name] ?? name, size, measured)
      }
    }
    const recall = figures['recallAt10Of100k']
    return { bench: 'vectors', figures: recall ? { ...figures, recallAt10: recall } : figures, rivals }
  } finally {
    await browser.close()
    server.close()
    page.remove()
  }
}

/** What the product does, by the names that the worker has for it: how figures of it begin. */
const own: Readonly<Record<string, string>> = { flat: '', prefilter: 'prefilter' }

function addFigures(
  figures: Record<string, Figure>,
  name: string,
  size: string,
  { searchMs, recallAt10, buildMs }: SearchFigures,
): void {
  const named = (figure: string): string => (name === '' ? figure : `${name}.${figure}`)
  figures[named(`p50Ms${size}`)] = median(searchMs, 'ms')
  figures[named(`recallAt10Of${size}`)] = { value: recallAt10, unit: 'share', runs: searchMs.length }
  if (buildMs > 0) figures[named(`buildMs${size}`)] = { value: Math.round(buildMs), unit: 'ms', runs: 1 }
}

/** Embeds passages and questions and puts their vectors beside the page. */
async function writeVectors(directory: string): Promise<void> {
  const passages = readPackagePassages(PASSAGES)
  progress(`embedding ${passages.length} passages`)
  const embedder = openNodeStaticEmbedder()
  const texts = passages.map(({ text }) => text)
  await writeFile(join(directory, 'passages.f32'), join32(await embedder.embed(texts, 'passage')))
  const questions = await embedder.embed(questionsAbout(passages, QUESTIONS), 'query')
  await writeFile(join(directory, 'queries.f32'), join32(questions))
}

function join32(vectors: readonly Float32Array[]): Uint8Array {
  return Buffer.concat(
    vectors.map(({ buffer, byteOffset, byteLength }) => Buffer.from(buffer, byteOffset, byteLength)),
  )
}

const contentTypes: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
}

/** Serves a folder on loopback, isolated as the app is: clocks are coarse elsewhere. */
async function serve(directory: string): Promise<Server> {
  const server = createServer((request, response) => {
    const path = normalize(new URL(request.url ?? '/', 'http://localhost').pathname)
    const file = path === '/' ? '/index.html' : path
    readFile(join(directory, file)).then(
      (bytes) => {
        response.writeHead(200, {
          'content-type': contentTypes[extname(file)] ?? 'application/octet-stream',
          'cross-origin-opener-policy': 'same-origin',
          'cross-origin-embedder-policy': 'require-corp',
        })
        response.end(bytes)
      },
      () => response.writeHead(404).end(),
    )
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return server
}

function addressOf(server: Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
}
