import { SvelteSet } from 'svelte/reactivity'
import type { ContextHash } from '../../../domain/content/context-hash.ts'
import type { DocumentRecord } from '../../../domain/content/document.ts'
import type { AddedFile } from '../../../domain/content/ingest-file.ts'
import type { Library } from '../../../peer/peer.ts'
import { problemText, toProblem } from '../../problem.ts'
import type { Shell } from '../../shell.ts'
import type { Toasts } from '../../toasts.svelte.ts'
import { removeWithUndo } from '../../remove-with-undo.ts'

/** What the library screens do with the peer's documents. */
export class LibraryModel {
  /** Documents whose removal can still be undone; the list leaves them out. */
  readonly removing = new SvelteSet<ContextHash>()
  /** Documents whose visibility is being changed. */
  readonly changing = new SvelteSet<ContextHash>()
  /** Documents that the share dialog shows; empty while it is closed. */
  toShare = $state.raw<readonly DocumentRecord[]>([])
  /** Why not all files that were added last are on the list; empty when they are. */
  leftOut = $state('')

  readonly #library: Library
  readonly #toasts: Toasts
  readonly #download: Shell['download']

  constructor(library: Library, toasts: Toasts, download: Shell['download']) {
    this.#library = library
    this.#toasts = toasts
    this.#download = download
  }

  /** Queues files as they are found; the rest of what can't be taken is left out with a reason. */
  async addFiles(files: Iterable<AddedFile> | AsyncIterable<AddedFile>): Promise<void> {
    this.leftOut = ''
    try {
      await this.#library.enqueue(files)
    } catch (error) {
      this.leftOut = problemText(toProblem(error))
    }
  }

  /** Downloads and queues what an address leads to; resolves to why it can't be had, empty when it can. */
  async addAddress(address: string, signal: AbortSignal): Promise<string> {
    try {
      const file = await this.#download(address, signal)
      await this.#library.enqueue([file])
      return ''
    } catch (error) {
      return problemText(toProblem(error))
    }
  }

  /** Tries files that failed again. */
  async retryFiles(ids: readonly number[]): Promise<void> {
    await this.#tell(() => this.#library.retryFiles(ids))
  }

  /** Takes files off the list; those under way are not added any more. */
  async removeFiles(ids: readonly number[]): Promise<void> {
    await this.#tell(() => this.#library.removeFiles(ids))
  }

  /** Adds a text as a document of its own; Markdown is understood. */
  async addText(name: string, text: string): Promise<void> {
    await this.addFiles([{ path: `${name}.md`, bytes: new Blob([text]) }])
  }

  /** Shows what would leave, so that the user can confirm it. */
  requestShare(documents: readonly DocumentRecord[]): void {
    this.toShare = documents
  }

  cancelShare(): void {
    this.toShare = []
  }

  /** Shares documents one after another; `onShared` hears of each. Resolves to the number shared. */
  async share(documents: readonly DocumentRecord[], onShared: (count: number) => void): Promise<number> {
    let count = 0
    for (const { documentHash } of documents) {
      if (!(await this.#setVisibility(documentHash, 'shared'))) break
      onShared(++count)
    }
    return count
  }

  /** Makes a document private again. */
  async unshare(document: DocumentRecord): Promise<void> {
    if (await this.#setVisibility(document.documentHash, 'private')) {
      this.#toasts.show(`“${document.title}” is private again. Copies that others paid for stay with them.`)
    }
  }

  /** Takes a document off the list and removes it for good after ten seconds, without Undo and if it is not added again. */
  remove(document: DocumentRecord): void {
    const { documentHash, title } = document
    removeWithUndo(this.#toasts, {
      ids: [documentHash],
      hidden: this.removing,
      message: `“${title}” is deleted.`,
      remove: () => this.#tell(() => this.#library.remove(documentHash)),
      watch: (undo) => this.#whenAdded(documentHash, undo),
    })
  }

  /** Runs something when a file that is new on the list turns out to be this document; gives what ends that. */
  #whenAdded(documentHash: ContextHash, run: () => void): () => void {
    let newest: number | undefined
    return this.#library.files.subscribe((files) => {
      const newestBefore = (newest ??= files.reduce((last, { id }) => Math.max(last, id), -1))
      if (files.some((file) => file.id > newestBefore && file.documentHash === documentHash)) run()
    })
  }

  async #setVisibility(documentHash: ContextHash, visibility: 'shared' | 'private'): Promise<boolean> {
    this.changing.add(documentHash)
    const done = await this.#tell(() => this.#library.setVisibility(documentHash, visibility))
    this.changing.delete(documentHash)
    return done
  }

  /** Does something and tells the user when it fails; true when it worked. */
  async #tell(act: () => Promise<unknown>): Promise<boolean> {
    try {
      await act()
      return true
    } catch (error) {
      this.#toasts.show(problemText(toProblem(error)))
      return false
    }
  }
}
