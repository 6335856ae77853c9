/** Measures ways of searching vectors, each over the same ones. */
import { createVectorKernel } from '../../src/adapters/passage-index/wasm-vector-kernel.ts'
import { quantizeVector, type SpaceId } from '../../src/domain/retrieval/embedding.ts'
import { createTopRows, type TopRows } from '../../src/domain/retrieval/top-rows.ts'
import { createVectorIndex } from '../../src/domain/retrieval/vector-index.ts'
import { makeVectors, sliceVectors } from './make-vectors.ts'
import { buildHnswlib } from './hnswlib.ts'
import type { SearchFigures, VectorReply, VectorResult, VectorTask } from './worker-messages.ts'

const K = 10
const WARM_UPS = 10
const ROUNDS = 4
/** Vectors up to which all of them are kept as floats. */
const MAX_FLOAT_ROWS = 200_000
const SPACE = 'bench' as SpaceId

const comesFirst = (row: number, other: number): boolean => row < other
const order = { accepts: () => true, comesFirst }

type Search = (query: Float32Array) => readonly number[]

addEventListener('message', ({ data }: MessageEvent<VectorTask>) => {
  measure(data).then(
    (result) => reply({ type: 'done', result }),
    (error: unknown) => reply({ type: 'failed', message: String(error) }),
  )
})

function reply(message: VectorReply): void {
  postMessage(message)
}

function report(message: string): void {
  reply({ type: 'progress', message })
}

async function measure(task: VectorTask): Promise<VectorResult> {
  const { count, dimensions, rivals } = task
  const queries = sliceVectors(task.queries, dimensions)
  const result: Record<string, SearchFigures> = {}
  const flat = createVectorIndex(createVectorKernel(), SPACE, dimensions, { prefilterAbove: Infinity })
  const filtered = createVectorIndex(createVectorKernel(), SPACE, dimensions, { prefilterAbove: 0 })
  const truth = queries.map(() => createTopRows(K, comesFirst))
  const floats = new Float32Array(count <= MAX_FLOAT_ROWS ? count * dimensions : 0)
  let buildMs = 0
  let row = 0
  for (const vector of makeVectors(task)) {
    if (floats.length > 0) floats.set(vector, row * dimensions)
    queries.forEach((query, at) => offerFloat(truth[at], row, query, vector, 0))
    const startMs = performance.now()
    const quantized = quantizeVector(SPACE, vector)
    flat.set(row, quantized)
    buildMs += performance.now() - startMs
    filtered.set(row, quantized)
    row += 1
    if (row % 100_000 === 0) report(`${row} vectors made`)
  }
  const expected = truth.map((top) => top.list().map((found) => found.row))

  function take(name: string, search: Search, ownBuildMs: number, rounds = ROUNDS): void {
    report(`${name} over ${count}`)
    result[name] = { ...timeSearches(search, queries, expected, rounds), buildMs: ownBuildMs }
  }

  const nearestIn = (index: typeof flat) => (query: Float32Array) =>
    index.nearest(query, K, order).map((found) => found.row)
  take('flat', nearestIn(flat), buildMs)
  take('prefilter', nearestIn(filtered), 0)
  if (rivals.includes('float32')) {
    take('float32', (query) => searchFloats(floats, dimensions, query), 0, 1)
  }
  if (rivals.includes('hnswlib-wasm')) {
    const { search, buildMs: hnswMs } = await buildHnswlib(floats, dimensions, report)
    take('hnswlib-wasm', search, hnswMs)
  }
  return result
}

function timeSearches(
  search: Search,
  queries: readonly Float32Array[],
  expected: readonly (readonly number[])[],
  rounds: number,
): Omit<SearchFigures, 'buildMs'> {
  for (const query of queries.slice(0, WARM_UPS)) search(query)
  const searchMs: number[] = []
  let found = 0
  let wanted = 0
  for (let round = 0; round < rounds; round++) {
    queries.forEach((query, at) => {
      const startMs = performance.now()
      const rows = search(query)
      searchMs.push(performance.now() - startMs)
      const nearest = expected[at] ?? []
      found += nearest.filter((row) => rows.includes(row)).length
      wanted += nearest.length
    })
  }
  return { searchMs, recallAt10: found / wanted }
}

/** The plainest search: a loop over unit vectors of 32-bit floats. */
function searchFloats(floats: Float32Array, dimensions: number, query: Float32Array): readonly number[] {
  const top = createTopRows(K, comesFirst)
  for (let row = 0, start = 0; start < floats.length; row++, start += dimensions) {
    offerFloat(top, row, query, floats, start)
  }
  return top.list().map((found) => found.row)
}

/** Offers the dot product of a query with the vector that begins at `start`, in four sums as fast loops have. */
function offerFloat(
  top: TopRows | undefined,
  row: number,
  query: Float32Array,
  vectors: Float32Array,
  start: number,
): void {
  let a = 0
  let b = 0
  let c = 0
  let d = 0
  for (let i = 0; i < query.length; i += 4) {
    a += (query[i] ?? 0) * (vectors[start + i] ?? 0)
    b += (query[i + 1] ?? 0) * (vectors[start + i + 1] ?? 0)
    c += (query[i + 2] ?? 0) * (vectors[start + i + 2] ?? 0)
    d += (query[i + 3] ?? 0) * (vectors[start + i + 3] ?? 0)
  }
  const product = a + b + c + d
  if (top !== undefined && product >= top.least()) top.offer(row, product)
}
