import type { ErrorCode } from '../../domain/kernel/errors.ts'
import type { ComputeDevice } from '../../ports/embedding-models.ts'
import type { ModelRecord } from './model-record.ts'

/** What the page asks of a model's worker. `load` comes first, and once. */
export type ModelTask =
  | { readonly type: 'load'; readonly record: ModelRecord; readonly device: ComputeDevice | 'auto' }
  /** `texts` have their prefixes already. */
  | { readonly type: 'embed'; readonly texts: readonly string[] }

/** A task and the number that its reply repeats. */
export interface ModelRequest {
  readonly id: number
  readonly task: ModelTask
}

/** How a task ended. */
export type ModelReply =
  | { readonly id: number; readonly type: 'loaded'; readonly device: ComputeDevice }
  | { readonly id: number; readonly type: 'embedded'; readonly vectors: Float32Array<ArrayBuffer>[] }
  | {
      readonly id: number
      readonly type: 'failed'
      readonly code: ErrorCode
      readonly message: string
      readonly hint: string
    }
