import type { RunLater } from '../../src/protocols/frame-watch.ts'

/** Timers that run when a test lets time pass. */
export function createManualTimer() {
  const due = new Map<object, { readonly atMs: number; readonly run: () => void }>()
  let nowMs = 0
  const later: RunLater = (ms, run) => {
    const key = {}
    due.set(key, { atMs: nowMs + ms, run })
    return () => void due.delete(key)
  }
  return {
    later,
    /** Timers that have not run yet. */
    waiting: () => due.size,
    advance(ms: number): void {
      const endMs = nowMs + ms
      for (;;) {
        const [next] = [...due].filter(([, { atMs }]) => atMs <= endMs).sort((a, b) => a[1].atMs - b[1].atMs)
        if (next === undefined) break
        const [key, { atMs, run }] = next
        due.delete(key)
        nowMs = atMs
        run()
      }
      nowMs = endMs
    },
  }
}
