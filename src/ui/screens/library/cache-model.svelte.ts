import { SvelteSet } from 'svelte/reactivity'
import type { CacheEntry } from '../../../domain/content/cache-entry.ts'
import type { ContextHash } from '../../../domain/content/context-hash.ts'
import type { PassageCache } from '../../../peer/cache.ts'
import { formatPlural } from '../../format.ts'
import { problemText, toProblem } from '../../problem.ts'
import type { Toasts } from '../../toasts.svelte.ts'
import { removeWithUndo } from '../../remove-with-undo.ts'

/** What the screen of bought passages does with them. */
export class CacheModel {
  /** Passages whose removal can still be undone; the list leaves them out. */
  readonly removing = new SvelteSet<ContextHash>()

  readonly #cache: PassageCache
  readonly #toasts: Toasts

  constructor(cache: PassageCache, toasts: Toasts) {
    this.#cache = cache
    this.#toasts = toasts
  }

  async setPinned({ contextHash }: CacheEntry, isPinned: boolean): Promise<void> {
    await this.#tell(() => this.#cache.setPinned([contextHash], isPinned))
  }

  /** Takes passages off the list and removes them for good after ten seconds without Undo. */
  remove(entries: readonly CacheEntry[]): void {
    const ids = entries.map(({ contextHash }) => contextHash)
    const [first] = entries
    const what =
      first !== undefined && entries.length === 1
        ? `“${first.title}” is removed. You can buy it again.`
        : `${formatPlural(entries.length, 'passage is', 'passages are')} removed. You can buy them again.`
    removeWithUndo(this.#toasts, {
      ids,
      hidden: this.removing,
      message: what,
      remove: () => this.#tell(() => this.#cache.remove(ids)),
    })
  }

  /** The text of a passage, or why it can't be shown. */
  async read({ contextHash }: CacheEntry): Promise<{ readonly text: string } | { readonly problem: string }> {
    try {
      const context = await this.#cache.read(contextHash)
      return context === undefined ? { problem: 'It is not here any more.' } : { text: context.text }
    } catch (error) {
      return { problem: problemText(toProblem(error)) }
    }
  }

  async #tell(act: () => Promise<unknown>): Promise<void> {
    try {
      await act()
    } catch (error) {
      this.#toasts.show(problemText(toProblem(error)))
    }
  }
}
