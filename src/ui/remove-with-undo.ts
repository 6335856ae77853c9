import type { Toasts } from './toasts.svelte.ts'

const UNDO_MS = 10_000

/** Hides things at once, says so, and removes them for good after ten seconds without Undo. */
export function removeWithUndo<Id>(
  toasts: Toasts,
  removal: {
    readonly ids: readonly Id[]
    /** What lists leave out; has the ids for as long as they are there and shall not be seen. */
    readonly hidden: Set<Id>
    readonly message: string
    readonly remove: () => Promise<unknown>
    /** Waits for something else that undoes it, and gives what ends the waiting. */
    readonly watch?: (undo: () => void) => () => void
  },
): void {
  const { ids, hidden, message, remove, watch } = removal
  for (const id of ids) hidden.add(id)
  const show = (): void => ids.forEach((id) => hidden.delete(id))
  const timer = setTimeout(() => {
    endWatch?.()
    void remove().finally(show)
  }, UNDO_MS)
  function undo(): void {
    clearTimeout(timer)
    endWatch?.()
    show()
    dismiss()
  }
  const dismiss = toasts.show(message, { label: 'Undo', run: undo }, UNDO_MS)
  const endWatch = watch?.(undo)
}
