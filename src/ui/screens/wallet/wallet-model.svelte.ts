import { isFiltering, noFilter, type EntryFilter } from './filter-entries.ts'

/** Lines that are drawn at first, and added with each press on "Show more": a table of thousands would be slow. */
export const LINES_PER_PAGE = 100

/** What the wallet shows of its lines. It outlives the screen, so that a filter stays while one looks elsewhere. */
export class WalletModel {
  filter = $state.raw<EntryFilter>(noFilter)
  lineLimit = $state(LINES_PER_PAGE)
  areMoreFiltersOpen = $state(false)

  readonly isFiltering: boolean = $derived(isFiltering(this.filter))

  /** Changes parts of the filter and shows the first page of what it leaves. */
  change(change: Partial<EntryFilter>): void {
    this.filter = { ...this.filter, ...change }
    this.lineLimit = LINES_PER_PAGE
  }

  /** Shows only what a filter says. */
  showOnly(change: Partial<EntryFilter>): void {
    this.change({ ...noFilter, ...change })
  }

  showMore(): void {
    this.lineLimit += LINES_PER_PAGE
  }
}
