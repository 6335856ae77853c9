/** A map that forgets what was added first when it holds more than `limit`. */
export interface BoundedMap<Key, Value> {
  get(key: Key): Value | undefined
  has(key: Key): boolean
  set(key: Key, value: Value): void
}

/** An empty map of at most `limit` keys. */
export function createBoundedMap<Key, Value>(limit: number): BoundedMap<Key, Value> {
  const values = new Map<Key, Value>()
  return {
    get: (key) => values.get(key),
    has: (key) => values.has(key),
    set(key, value) {
      values.set(key, value)
      if (values.size <= limit) return
      for (const oldest of values.keys()) {
        values.delete(oldest)
        return
      }
    },
  }
}
