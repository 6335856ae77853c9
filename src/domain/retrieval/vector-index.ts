import { LoremeshError } from '../kernel/errors.ts'
import { quantizeVector, vectorLength, type QuantizedVector, type SpaceId } from './embedding.ts'
import { createSignCoder } from './sign-code.ts'
import { createTopRows, type ScoredRow, type TopRows } from './top-rows.ts'
import type { VectorKernel } from './vector-kernel.ts'

/** Rows above which short codes choose which rows are compared in full. */
const PREFILTER_ABOVE = 200_000
/** How many rows the codes choose. */
const RESCORED = 2_000
/** Rows that one call of the kernel compares: their results stay in the processor's cache. */
const SEGMENT_ROWS = 1_024
/** Kernels read rows in steps of so many components. */
const WIDTH_STEP = 128

/**
 * Nearest-neighbour search over int8 vectors of one space, each in a numbered row. Questions are rounded to int8 as well,
 * so that similarities follow from integers and are the same on every machine. Exact up to `PREFILTER_ABOVE` rows.
 */
export interface VectorIndex {
  readonly dimensions: number
  /** Puts a vector into a row, in place of what is there; throws `bad-input` for one of another space or length. */
  set(row: number, vector: QuantizedVector): void
  get(row: number): QuantizedVector | null
  clear(row: number): void
  /** The `limit` rows of greatest cosine similarity above 0 that `accepts`, best first; of equal ones those that come first. */
  nearest(query: Float32Array, limit: number, order: RowOrder): readonly ScoredRow[]
  /** Cosine similarities above 0 of the given rows. */
  similarities(query: Float32Array, rows: Iterable<number>): readonly ScoredRow[]
}

/** Which rows count, and which of two equal ones is preferred. */
interface RowOrder {
  readonly accepts: (row: number) => boolean
  readonly comesFirst: (row: number, other: number) => boolean
}

/** Creates an empty index, which keeps its rows in the memory of `kernel`. `prefilterAbove` is for measuring. */
export function createVectorIndex(
  kernel: VectorKernel,
  space: SpaceId,
  dimensions: number,
  { prefilterAbove = PREFILTER_ABOVE } = {},
): VectorIndex {
  const width = Math.ceil(dimensions / WIDTH_STEP) * WIDTH_STEP
  const { codeBytes, encode } = createSignCoder(dimensions)
  // The memory: the query, its code, results of the kernel, then segments of rows and their codes.
  const queryAt = 0
  const queryCodeAt = 2 * width
  const resultsAt = queryCodeAt + codeBytes
  const segmentsAt = resultsAt + 4 * SEGMENT_ROWS
  const segmentBytes = SEGMENT_ROWS * (width + codeBytes)
  /** Of the int8 components, by row; 0 where there is no vector. */
  let lengths = new Float64Array(0)
  let scales = new Float64Array(0)
  /** One more than the last row that was ever used. */
  let rowCount = 0

  const segmentAt = (row: number): number => segmentsAt + Math.floor(row / SEGMENT_ROWS) * segmentBytes
  const rowAt = (row: number): number => segmentAt(row) + (row % SEGMENT_ROWS) * width
  const codeAt = (row: number): number =>
    segmentAt(row) + SEGMENT_ROWS * width + (row % SEGMENT_ROWS) * codeBytes

  function makeRoom(row: number): void {
    kernel.reserve(segmentAt(row) + segmentBytes)
    if (row < lengths.length) return
    const capacity = Math.max(SEGMENT_ROWS, row + 1, 2 * lengths.length)
    lengths = enlarge(lengths, capacity)
    scales = enlarge(scales, capacity)
  }

  /** Puts a query where the kernel reads it; gives the length of its int8 form. */
  function takeQuery(query: Float32Array): number {
    if (rowCount === 0 || query.length !== dimensions) return 0
    const { values } = quantizeVector(space, query)
    new Int16Array(kernel.memory(), queryAt, dimensions).set(values)
    encode(values, new Uint8Array(kernel.memory(), queryCodeAt, codeBytes))
    return vectorLength(values)
  }

  /** Calls the kernel for all rows, segment by segment; `take` gets the first row of each and its results. */
  function scan(
    run: VectorKernel['dotProducts'],
    query: number,
    rowsOf: (row: number) => number,
    rowWidth: number,
    take: (first: number, results: Int32Array) => void,
  ): void {
    for (let first = 0; first < rowCount; first += SEGMENT_ROWS) {
      const count = Math.min(SEGMENT_ROWS, rowCount - first)
      run(query, rowsOf(first), count, rowWidth, resultsAt)
      take(first, new Int32Array(kernel.memory(), resultsAt, count))
    }
  }

  function compareAll(queryLength: number, top: TopRows, accepts: RowOrder['accepts']): void {
    scan(kernel.dotProducts, queryAt, rowAt, width, (first, results) => {
      for (let i = 0; i < results.length; i++) {
        const product = results[i] ?? 0
        const length = lengths[first + i] ?? 0
        if (product <= 0 || length === 0) continue
        const similarity = product / (queryLength * length)
        if (similarity >= top.least() && accepts(first + i)) top.offer(first + i, similarity)
      }
    })
  }

  /** Rows that `accepts` whose codes differ least from the query's, `RESCORED` at most. */
  function chooseByCodes(accepts: RowOrder['accepts']): readonly number[] {
    const distances = new Uint16Array(rowCount)
    const bits = 8 * codeBytes
    const counts = new Uint32Array(bits + 1)
    const passed = bits + 1
    scan(kernel.distances, queryCodeAt, codeAt, codeBytes, (first, results) => {
      for (let i = 0; i < results.length; i++) {
        const row = first + i
        const distance = lengths[row] !== 0 && accepts(row) ? (results[i] ?? 0) : passed
        distances[row] = distance
        if (distance < passed) counts[distance] = (counts[distance] ?? 0) + 1
      }
    })
    let farthest = 0
    let nearer = 0
    while (farthest < bits && nearer + (counts[farthest] ?? 0) < RESCORED) nearer += counts[farthest++] ?? 0
    const chosen: number[] = []
    let left = RESCORED - nearer
    for (let row = 0; row < rowCount; row++) {
      const distance = distances[row] ?? passed
      if (distance < farthest || (distance === farthest && left-- > 0)) chosen.push(row)
    }
    return chosen
  }

  /** Cosine similarity of a row to the query that was taken. */
  function similarityOf(row: number, queryLength: number): number {
    const length = lengths[row] ?? 0
    if (length === 0) return 0
    kernel.dotProducts(queryAt, rowAt(row), 1, width, resultsAt)
    const [product = 0] = new Int32Array(kernel.memory(), resultsAt, 1)
    return product / (queryLength * length)
  }

  return {
    dimensions,
    set(row, vector) {
      const { values, scale } = vector
      if (vector.space !== space || values.length !== dimensions) {
        throw new LoremeshError(
          'bad-input',
          `A vector of ${vector.space} with ${values.length} dimensions is none of ${space}, which has ${dimensions}`,
        )
      }
      makeRoom(row)
      new Int8Array(kernel.memory(), rowAt(row), dimensions).set(values)
      encode(values, new Uint8Array(kernel.memory(), codeAt(row), codeBytes))
      lengths[row] = vectorLength(values)
      scales[row] = scale
      rowCount = Math.max(rowCount, row + 1)
    },
    get(row) {
      if ((lengths[row] ?? 0) === 0) return null
      const values = new Int8Array(kernel.memory(), rowAt(row), dimensions).slice()
      return { space, values, scale: scales[row] ?? 0 }
    },
    clear(row) {
      if (row < rowCount) lengths[row] = 0
    },
    nearest(query, limit, { accepts, comesFirst }) {
      const queryLength = takeQuery(query)
      if (queryLength === 0) return []
      const top = createTopRows(limit, comesFirst)
      if (rowCount <= prefilterAbove) {
        compareAll(queryLength, top, accepts)
      } else {
        for (const row of chooseByCodes(accepts)) {
          const similarity = similarityOf(row, queryLength)
          if (similarity > 0) top.offer(row, similarity)
        }
      }
      return top.list()
    },
    similarities(query, rows) {
      const queryLength = takeQuery(query)
      if (queryLength === 0) return []
      const found: ScoredRow[] = []
      for (const row of rows) {
        const score = similarityOf(row, queryLength)
        if (score > 0) found.push({ row, score })
      }
      return found
    },
  }
}

function enlarge(numbers: Float64Array, length: number): Float64Array<ArrayBuffer> {
  const larger = new Float64Array(length)
  larger.set(numbers)
  return larger
}
