import { LoremeshError } from '../domain/kernel/errors.ts'
import type { Readable } from '../domain/kernel/readable.ts'

/** Present value of something that can be subscribed to. Throws `internal` when it has none. */
export function current<T>(readable: Readable<T>): T {
  const values: T[] = []
  readable.subscribe((value) => values.push(value))()
  const [value] = values
  if (value === undefined) throw new LoremeshError('internal', 'The value is not known yet')
  return value
}
