import type { SpaceId } from '../domain/retrieval/embedding.ts'
import type { Embedder } from './embedder.ts'

/** What a neural network is computed with. */
export type ComputeDevice = 'wasm' | 'webgpu'

/** A neural network that can turn texts into vectors, whether it is on this machine or not. */
export interface EmbeddingModel {
  readonly id: string
  readonly name: string
  /** A sentence for people. */
  readonly goodAt: string
  /** `app` comes with Loremesh, `hub` from somebody else's server. */
  readonly origin: 'app' | 'hub'
  /** Of its vectors; null before it is here as a whole. */
  readonly space: SpaceId | null
  readonly dimensions: number
  /** Tokens of a text that count. */
  readonly maxTokens: number
  /** Of all of its files, and of them what is on this machine. */
  readonly sizeBytes: number
  readonly storedBytes: number
  /** True when it can be opened. */
  readonly isHere: boolean
}

export interface ByteProgress {
  readonly receivedBytes: number
  readonly totalBytes: number
}

/** An embedder that says what computes it; null until it has loaded. */
export interface ModelEmbedder extends Embedder {
  device(): ComputeDevice | null
}

/** The neural networks that this machine has or could have. Nothing but `download` asks anybody for anything. */
export interface EmbeddingModels {
  list(): Promise<readonly EmbeddingModel[]>
  /** What can compute here: `wasm` always, `webgpu` where an adapter answers. */
  devices(): Promise<readonly ComputeDevice[]>
  /**
   * Looks a model up and gets what of it is missing; what came stays when it stops, and is not asked for again. Throws
   * `bad-input` for what can't be a model's id, `not-found`, `unsupported` for a model of another kind, `not-connected`,
   * `bad-content` for files that are not what was announced, `storage-full`, `aborted`.
   */
  download(id: string, onProgress: (progress: ByteProgress) => void, signal: AbortSignal): Promise<void>
  /** Forgets the files of a model; its download ends before. */
  remove(id: string): Promise<void>
  /** An embedder of a model that is here as a whole; throws `not-ready` otherwise. */
  open(id: string, device: ComputeDevice | 'auto'): Promise<ModelEmbedder>
}
