/** Texts to count, with a number that the reply repeats. */
export interface CountRequest {
  readonly id: number
  readonly texts: readonly string[]
}

/** What the worker answers. */
export type CountReply =
  | { readonly id: number; readonly type: 'done'; readonly counts: readonly number[] }
  | { readonly id: number; readonly type: 'failed'; readonly message: string }
