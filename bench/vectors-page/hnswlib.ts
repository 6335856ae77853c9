/** The rival: hnswlib, the common graph index, as WebAssembly. */
import { loadHnswlib } from 'hnswlib-wasm'

/** Links of a node, and candidates looked at while building and searching: the values that its documentation recommends. */
const LINKS = 16
const BUILD_CANDIDATES = 100
const SEARCH_CANDIDATES = 100
const SEED = 42
const BATCH = 1_000

/** An index of unit vectors, and how long its building took. */
export async function buildHnswlib(
  floats: Float32Array,
  dimensions: number,
  report: (message: string) => void,
): Promise<{ readonly buildMs: number; search(query: Float32Array): readonly number[] }> {
  const { HierarchicalNSW } = await loadHnswlib()
  const index = new HierarchicalNSW('ip', dimensions, '')
  const count = floats.length / dimensions
  index.initIndex(count, LINKS, BUILD_CANDIDATES, SEED)
  const startMs = performance.now()
  for (let start = 0; start < count; start += BATCH) {
    const end = Math.min(count, start + BATCH)
    const batch = Array.from({ length: end - start }, (_, at) =>
      floats.subarray((start + at) * dimensions, (start + at + 1) * dimensions),
    )
    index.addItems(batch, false)
    if (end % 10_000 === 0) report(`hnswlib-wasm has ${end} of ${count}`)
  }
  const buildMs = performance.now() - startMs
  index.setEfSearch(SEARCH_CANDIDATES)
  return { buildMs, search: (query) => index.searchKnn(query, 10, undefined).neighbors }
}
