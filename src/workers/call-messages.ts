import type { ErrorCode } from '../domain/kernel/errors.ts'

/** Functions that a worker offers. Parameters and results are cloned on their way. */
export type WorkerFunctions<Functions> = {
  readonly [Name in keyof Functions]: (...parameters: never[]) => unknown
}

/** One call of a function, with a number that its reply repeats. */
export interface CallRequest {
  readonly id: number
  readonly name: string
  readonly parameters: readonly unknown[]
}

/**
 * What the worker says: first the name of a Web Lock that it holds as long as it lives, then its answers. Errors lose their
 * code and hint when they are cloned, so these travel apart.
 */
export type CallReply =
  | { readonly type: 'running'; readonly lock: string }
  | { readonly id: number; readonly type: 'done'; readonly result: unknown }
  | {
      readonly id: number
      readonly type: 'failed'
      readonly code: ErrorCode
      readonly message: string
      readonly hint: string
    }
