import type { SpaceId } from '../domain/retrieval/embedding.ts'

/** Turns texts into vectors of one space. */
export interface Embedder {
  readonly space: SpaceId
  readonly dimensions: number
  /** Loads weights. Calling it again is cheap. Throws `aborted` when stopped. */
  load(signal?: AbortSignal): Promise<void>
  /** One unit vector (or zeros for a text without words) of `dimensions` floats a text, in order. */
  embed(texts: readonly string[], role: 'query' | 'passage', signal?: AbortSignal): Promise<Float32Array[]>
  dispose(): Promise<void>
}
