import type { Readable } from '../../src/domain/kernel/readable.ts'

/** The value once it fits, or what it is after `timeoutMs`, for ever unless told. */
export async function until<T>(
  readable: Readable<T>,
  fits: (value: T) => boolean,
  timeoutMs?: number,
): Promise<T> {
  let stop: () => void = () => undefined
  let timer: ReturnType<typeof setTimeout> | undefined
  let newest: { readonly value: T } | undefined
  await new Promise<void>((resolve) => {
    if (timeoutMs !== undefined) timer = setTimeout(resolve, timeoutMs)
    stop = readable.subscribe((value) => {
      newest = { value }
      if (fits(value)) resolve()
    })
  })
  stop()
  clearTimeout(timer)
  if (newest === undefined) throw new Error('It has no value')
  return newest.value
}
