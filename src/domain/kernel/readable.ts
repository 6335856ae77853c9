/** A value that changes: `subscribe` calls back at once and on every change, and returns the function that ends it. */
export interface Readable<T> {
  subscribe(run: (value: T) => void): () => void
}

/** A `Readable` that its owner sets. */
export interface Writable<T> extends Readable<T> {
  get(): T
  set(value: T): void
}

/** A `Writable` starting at `initial`. Subscribers are called in the order in which they came. */
export function createWritable<T>(initial: T): Writable<T> {
  let current = initial
  const subscribers = new Set<(value: T) => void>()
  return {
    get: () => current,
    set(value) {
      current = value
      for (const run of [...subscribers]) run(value)
    },
    subscribe(run) {
      subscribers.add(run)
      run(current)
      return () => subscribers.delete(run)
    },
  }
}
