/** Keys in named groups, each group in the order in which its keys came. */
export interface Groups<Key> {
  add(name: string, key: Key): void
  remove(name: string, key: Key): void
  members(name: string): readonly Key[]
  count(name: string): number
  /** The oldest key of a group that has more than `limit`. */
  oldestBeyond(limit: number, name: string): Key | undefined
}

/** Creates groups without keys. A group that has none is forgotten. */
export function createGroups<Key>(): Groups<Key> {
  const groups = new Map<string, Set<Key>>()
  return {
    add(name, key) {
      groups.set(name, (groups.get(name) ?? new Set<Key>()).add(key))
    },
    remove(name, key) {
      const group = groups.get(name)
      group?.delete(key)
      if (group?.size === 0) groups.delete(name)
    },
    count: (name) => groups.get(name)?.size ?? 0,
    members: (name) => [...(groups.get(name) ?? [])],
    oldestBeyond(limit, name) {
      const group = groups.get(name)
      return group === undefined || group.size <= limit ? undefined : group.values().next().value
    },
  }
}
