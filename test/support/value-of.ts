import type { Readable } from '../../src/domain/kernel/readable.ts'

/** The present value of something that can be subscribed to. */
export function valueOf<T>(readable: Readable<T>): T {
  let value: { readonly now: T } | undefined
  readable.subscribe((now) => (value = { now }))()
  if (value === undefined) throw new Error('The value is not known yet')
  return value.now
}
