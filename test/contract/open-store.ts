/** A freshly opened, empty store under test. */
export interface OpenStore<T> {
  readonly store: T
  /** Closes the store and opens it again over the same data; absent where nothing outlives the process. */
  readonly reopen?: () => Promise<OpenStore<T>>
  /** Closes the store and removes its data. */
  close(): Promise<void>
}
