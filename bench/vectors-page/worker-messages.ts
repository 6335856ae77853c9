/** What the page asks of the worker that measures. */
export interface VectorTask {
  readonly count: number
  /** Real vectors and queries of `dimensions` floats each, one after another; the rest is made of them. */
  readonly passages: Float32Array
  readonly queries: Float32Array
  readonly dimensions: number
  /** Which other ways of searching are measured beside. */
  readonly rivals: readonly ('float32' | 'hnswlib-wasm')[]
}

/** Milliseconds of each search, and which share of the true nearest ten were found. */
export interface SearchFigures {
  readonly searchMs: readonly number[]
  readonly recallAt10: number
  readonly buildMs: number
}

/** Figures by way of searching. */
export type VectorResult = Readonly<Record<string, SearchFigures>>

export type VectorReply =
  | { readonly type: 'progress'; readonly message: string }
  | { readonly type: 'done'; readonly result: VectorResult }
  | { readonly type: 'failed'; readonly message: string }
