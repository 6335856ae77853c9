/** A row of a table and how well it fits. */
export interface ScoredRow {
  readonly row: number
  readonly score: number
}

/** The best rows of those that were offered. */
export interface TopRows {
  /** What a row must at least score to be taken; `offer` may be spared for others. */
  least(): number
  offer(row: number, score: number): void
  /** Best first. */
  list(): readonly ScoredRow[]
}

/** Keeps the best `limit` rows; of equal ones those that come first. */
export function createTopRows(limit: number, comesFirst: (row: number, other: number) => boolean): TopRows {
  const best: ScoredRow[] = []
  let least = limit > 0 ? -Infinity : Infinity

  const isBetter = (row: number, score: number, other: ScoredRow): boolean =>
    score > other.score || (score === other.score && comesFirst(row, other.row))

  return {
    least: () => least,
    offer(row, score) {
      const last = best.at(-1)
      if (score < least || limit <= 0) return
      if (best.length === limit) {
        if (last === undefined || !isBetter(row, score, last)) return
        best.pop()
      }
      let low = 0
      for (let high = best.length; low < high;) {
        const middle = (low + high) >>> 1
        const other = best[middle]
        if (other === undefined || isBetter(row, score, other)) high = middle
        else low = middle + 1
      }
      best.splice(low, 0, { row, score })
      if (best.length === limit) least = best.at(-1)?.score ?? least
    },
    list: () => best,
  }
}
