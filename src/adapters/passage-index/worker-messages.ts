import type { ErrorCode } from '../../domain/kernel/errors.ts'
import type { PassageIndex } from '../../ports/passage-index.ts'

/** The calls that go to the worker. */
export type IndexMethod = Exclude<keyof PassageIndex, 'onLost' | 'close'>

/** What the tab asks of the worker: one call, with a number that its reply repeats. */
export type IndexRequest = {
  readonly [Method in IndexMethod]: {
    readonly id: number
    readonly method: Method
    readonly parameters: Parameters<PassageIndex[Method]>
  }
}[IndexMethod]

/**
 * What the worker says: first the name of a Web Lock that it holds as long as it lives, then its answers. Errors lose their
 * code and hint when they are cloned, so these travel apart.
 */
export type IndexReply =
  | { readonly type: 'running'; readonly lock: string }
  | { readonly id: number; readonly type: 'done'; readonly result: unknown }
  | {
      readonly id: number
      readonly type: 'failed'
      readonly code: ErrorCode
      readonly message: string
      readonly hint: string
    }
