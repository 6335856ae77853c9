/**
 * What the parent asks for: that one more client joins, that all leave, or how many can be dialled through the relay now.
 */
export interface ClientOrder {
  readonly id: number
  readonly type: 'join' | 'leave' | 'count'
}

/** The answer to the order of this id: milliseconds until the client could be dialled, a count, or why it failed. */
export type ClientAnswer =
  { readonly id: number; readonly value: number } | { readonly id: number; readonly failure: string }

/** The id of what a process says by itself once it can take orders. */
export const READY = 0
