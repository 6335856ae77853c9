import type { ErrorCode } from '../../domain/kernel/errors.ts'

/** What the tab asks of the embedding worker. `load` is answered with no vectors. */
export type EmbeddingTask =
  | { readonly type: 'load' }
  | { readonly type: 'embed'; readonly texts: readonly string[]; readonly role: 'query' | 'passage' }

/** A task and the number that its replies repeat. */
export interface EmbeddingRequest {
  readonly id: number
  readonly task: EmbeddingTask
}

/** What the worker answers: the share loaded so far, any number of times; then the end of the task. */
export type EmbeddingReply =
  | { readonly id: number; readonly type: 'progress'; readonly share: number }
  | { readonly id: number; readonly type: 'done'; readonly vectors: Float32Array<ArrayBuffer>[] }
  | {
      readonly id: number
      readonly type: 'failed'
      readonly code: ErrorCode
      readonly message: string
      readonly hint: string
    }
