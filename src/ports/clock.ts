/** The present time and timers, handed in so that tests need no sleep. */
export interface Clock {
  /** Milliseconds since 1970-01-01 UTC. */
  nowMs(): number
  /** Monotonic milliseconds, for measuring durations. */
  monotonicMs(): number
  /** Resolves after `ms`, or rejects with `aborted` when the signal fires. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
  /** A signal that fires after `ms` with a `TimeoutError`, or as soon as `signal` does. */
  deadline(ms: number, signal?: AbortSignal): AbortSignal
  /** A signal that `abort` fires, as does `signal`. */
  abortable(signal?: AbortSignal): { readonly signal: AbortSignal; abort(): void }
  /** Calls `run` every `ms` until the returned function is called. */
  every(ms: number, run: () => void): () => void
}
