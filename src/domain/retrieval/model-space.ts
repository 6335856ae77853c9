import type { SpaceId } from './embedding.ts'
import { toSpaceId } from './space-id.ts'

/** How the vectors of a text's tokens become one: their mean, the first one, or a model that does it itself. */
export type Pooling = 'mean' | 'cls' | 'none'

/** A neural network that turns texts into vectors, with everything on which its vectors depend. */
export interface ModelDefinition {
  /** Kind of network, such as `bert`. */
  readonly family: string
  /** Where it comes from, with its version: `<id>@<revision>`. */
  readonly source: string
  /** SHA-256 of the weights, in hexadecimal digits. */
  readonly weightsSha256: string
  /** SHA-256 of the tokenizer, in hexadecimal digits. */
  readonly tokenizerSha256: string
  readonly pooling: Pooling
  /** Put before each question. */
  readonly queryPrefix: string
  /** Put before each passage. */
  readonly passagePrefix: string
  /** Tokens of a text that count; the rest is cut off. */
  readonly maxTokens: number
  readonly dimensions: number
}

/** The space of a model's vectors. Any change of the definition makes another one. */
export function modelToSpaceId(name: string, definition: ModelDefinition): SpaceId {
  return toSpaceId(name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-'), { ...definition })
}
