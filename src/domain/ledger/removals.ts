/** An authority whose votes don't count under what names the checkpoint of `height` or a later one. */
export interface Removal {
  /** Index of the authority in the genesis. */
  readonly authority: number
  /** Of the checkpoint that states it. */
  readonly height: number
}

/** All removals up to a checkpoint, each authority once, by ascending index. */
export type Removals = readonly Removal[]

/** The authorities whose votes don't count under an entry that names `checkpoint`. */
export function removedAt(removals: Removals, checkpoint: number): ReadonlySet<number> {
  return new Set(removals.flatMap(({ authority, height }) => (height <= checkpoint ? [authority] : [])))
}

/** The removals after a checkpoint of `height` that removes `authorities`. Who was removed before stays as they were. */
export function withRemovals(removals: Removals, authorities: readonly number[], height: number): Removals {
  const known = new Set(removals.map(({ authority }) => authority))
  const added = [...new Set(authorities)].filter((authority) => !known.has(authority))
  return [...removals, ...added.map((authority) => ({ authority, height }))].sort(
    (a, b) => a.authority - b.authority,
  )
}

/** Whether two lists say the same. */
export function areSameRemovals(one: Removals, other: Removals): boolean {
  return (
    one.length === other.length &&
    one.every(
      ({ authority, height }, index) =>
        other[index]?.authority === authority && other[index].height === height,
    )
  )
}
