/** A short message at the edge of the screen, perhaps with one thing to do about it. */
export interface Toast {
  readonly id: number
  readonly message: string
  readonly action: { readonly label: string; run(): void } | null
}

const DEFAULT_SHOWN_MS = 6000

/** The messages that are shown now, oldest first. */
export class Toasts {
  shown = $state.raw<readonly Toast[]>([])
  #nextId = 1

  /** Shows a message for `shownMs`; returns the function that takes it away earlier. */
  show(message: string, action: Toast['action'] = null, shownMs = DEFAULT_SHOWN_MS): () => void {
    const toast: Toast = { id: this.#nextId++, message, action }
    this.shown = [...this.shown, toast]
    const timer = setTimeout(() => this.#remove(toast), shownMs)
    return () => {
      clearTimeout(timer)
      this.#remove(toast)
    }
  }

  #remove(toast: Toast): void {
    this.shown = this.shown.filter((other) => other !== toast)
  }
}
